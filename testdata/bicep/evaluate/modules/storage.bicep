param name string
param https bool
param tls string = 'TLS1_2'
@secure()
param secret string = ''

resource account 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: name
  location: resourceGroup().location
  kind: 'StorageV2'
  sku: {
    name: 'Standard_LRS'
  }
  properties: {
    supportsHttpsTrafficOnly: https
    minimumTlsVersion: tls
    customSecret: secret
  }
}

output id string = account.id
output endpoint string = account.properties.primaryEndpoints.blob
output group string = resourceGroup().name
