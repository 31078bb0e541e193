param account string
resource it 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: account
}
@secure()
output key string = it.listKeys().keys[0].value
