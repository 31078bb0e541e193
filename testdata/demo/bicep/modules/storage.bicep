param name string
param location string
param httpsOnly bool

resource account 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: name
  location: location
  kind: 'StorageV2'
  sku: {
    name: 'Standard_ZRS'
  }
  properties: {
    supportsHttpsTrafficOnly: httpsOnly
    minimumTlsVersion: 'TLS1_2'
    allowBlobPublicAccess: true
  }
}
