param names array
param open bool = false
var rules = [
  { name: 'ssh', port: 22 }
  { name: 'web', port: 443 }
]

resource groups 'Microsoft.Network/networkSecurityGroups@2024-01-01' = [for (rule, i) in rules: if (rule.port != 443 || open) {
  name: 'nsg-${rule.name}-${i}'
  properties: {
    securityRules: [for port in [rule.port, rule.port + 1]: {
      name: 'r${port}'
      properties: {
        destinationPortRange: string(port)
      }
    }]
  }
}]

resource unknownNumber 'Microsoft.Network/publicIPAddresses@2024-01-01' = [for name in names: {
  name: name
  sku: {
    name: 'Standard'
  }
}]

resource link 'Microsoft.Network/virtualNetworks@2024-01-01' = {
  name: 'link'
  properties: {
    first: groups[0].id
    all: [for i in range(0, 2): groups[i].name]
    unknown: unknownNumber[length(names)].id
    mapped: map(rules, rule => rule.name)
    filtered: filter(rules, (rule, i) => rule.port > 22 && i == 1)
    total: reduce(rules, 0, (sum, rule) => sum + rule.port)
    object: toObject(rules, rule => rule.name, rule => rule.port)
    sorted: sort([3, 1, 2], (a, b) => a < b)
    grouped: groupBy(['aa', 'b', 'cc'], word => string(length(word)))
    values: mapValues({ a: 1, b: 2 }, n => n * 10)
  }
}

param extra object
@secure()
param secrets object = { password: 'x' }
resource open 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: 'open'
  kind: 'StorageV2'
  ...extra
  sku: {
    name: 'Standard_LRS'
  }
}
resource hidden 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: 'hidden'
  properties: {
    ...secrets
    plain: 1
    more: {
      ...extra
    }
    list: [
      ...extra.list
    ]
  }
}
