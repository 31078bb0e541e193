resource data 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: 'data'
  location: 'westeurope'
  kind: 'StorageV2'
  sku: { name: 'Standard_LRS' }
  properties: {
    supportsHttpsTrafficOnly: true
    minimumTlsVersion: 'TLS1_2'
    allowBlobPublicAccess: false
    publicNetworkAccess: 'Disabled'
    networkAcls: { defaultAction: 'Deny', bypass: 'Logging, AzureServices', ipRules: [{ value: '203.0.113.0/24' }] }
  }

  resource blobs 'blobServices' = {
    name: 'default'
    properties: { isVersioningEnabled: true, deleteRetentionPolicy: { enabled: true, days: 7 } }
  }
}
