targetScope = 'resourceGroup'

@description('Where everything is deployed.')
param location string = resourceGroup().location

var shares = [
  'invoices'
  'contracts'
]

module storage 'modules/storage.bicep' = [for share in shares: {
  name: 'storage-${share}'
  params: {
    name: 'acme${share}'
    location: location
    httpsOnly: share != 'contracts'
  }
}]

resource rules 'Microsoft.Network/networkSecurityGroups@2024-05-01' = {
  name: 'jumphost'
  location: location
  properties: {
    securityRules: [
      {
        name: 'rdp'
        properties: {
          access: 'Allow'
          direction: 'Inbound'
          priority: 100
          protocol: 'Tcp'
          sourceAddressPrefix: '*'
          sourcePortRange: '*'
          destinationAddressPrefix: '*'
          destinationPortRange: '3389'
        }
      }
    ]
  }
}
