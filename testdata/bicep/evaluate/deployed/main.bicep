// What is read of the deployed resource, and decorators of resources, parameters and outputs.
@validate(x => startsWith(x, 'st'), 'starts with st')
@minLength(3)
param name string = 'stone'
@secure()
param settings object

@nullIfNotFound()
resource other 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: 'other'
}

@onlyIfNotExists()
@waitUntil(x => x.properties.provisioningState == 'Succeeded', 'PT1M')
@retryOn(['ResourceNotFound'], 3)
resource account 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: name
  properties: {
    minimumTlsVersion: this.exists() ? 'TLS1_2' : 'TLS1_3'
    same: this.exists() ? 'a' : 'a'
    kept: this.existingResource().?properties.?accessTier ?? 'Hot'
    older: this.existingProperties().tier
    fromOther: other.?properties.accessTier ?? 'Cold'
    key: settings.key
  }
}

module keys 'keys.bicep' = {
  params: {
    account: account.name
  }
}

resource app 'Microsoft.Web/sites@2024-04-01' = {
  name: 'app'
  properties: {
    key: keys.outputs.key
    text: 'key=${keys.outputs.key}'
    deployer: deployer().objectId
  }
}
