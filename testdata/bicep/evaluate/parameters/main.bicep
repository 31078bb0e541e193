param location string
param tags object = {}
param secret string
param count int = 1
resource a 'Microsoft.Storage/storageAccounts@2024-01-01' = [for i in range(0, count): {
  name: 'a${i}'
  location: location
  tags: tags
  properties: {
    secret: secret
  }
}]
