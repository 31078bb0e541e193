resource account 'Microsoft.Storage/storageAccounts@2023-01-01' = {
  name: 'account'
  location: resourceGroup().location
  properties: {
    group: resourceGroup().id
    own: resourceId('Microsoft.Storage/storageAccounts', 'account')
    subscription: subscription().subscriptionId
    other: az.resourceGroup('elsewhere').id
  }
}
resource lock 'Microsoft.Authorization/locks@2020-05-01' = {
  name: 'lock'
  scope: account
  properties: {
    level: 'CanNotDelete'
  }
}
resource group 'Microsoft.Authorization/locks@2020-05-01' = {
  name: 'group'
  scope: resourceGroup()
}
