param environment string
param https bool = true
@secure()
param password string

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' existing = {
  name: 'shared'
  scope: resourceGroup('central')
}

module storage 'storage.bicep' = {
  name: 'storage'
  params: {
    name: 'st${environment}'
    https: https
    tls: null
  }
}

module many 'storage.bicep' = [for (region, index) in ['west', 'east']: if (region != 'none') {
  name: 'many-${region}'
  scope: resourceGroup('rg-${region}')
  params: {
    name: 'st${index}'
    https: false
    secret: vault.getSecret('key')
  }
}]

module maybe 'storage.bicep' = if (environment == 'prod') {
  params: {
    name: 'maybe'
    https: true
    secret: password
  }
}

module away 'br/public:avm/res/storage/storage-account:0.9.0' = {
  params: {
    name: 'x'
  }
}

resource site 'Microsoft.Web/sites@2023-12-01' = {
  name: 'site'
  properties: {
    storage: storage.outputs.id
    endpoint: storage.outputs.endpoint
    second: many[1].outputs.id
    third: many[0].?outputs.?missing ?? 'none'
    deployment: storage.name
    away: away.outputs.id
    location: many[0].outputs.group
  }
}
