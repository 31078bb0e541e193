// All four levels, and what each tells of itself.
targetScope = 'tenant'
param subscriptionId string = '11111111-1111-1111-1111-111111111111'

resource platform 'Microsoft.Management/managementGroups@2021-04-01' = {
  name: 'platform'
}
module group 'group.bicep' = {
  scope: platform
}
module named 'group.bicep' = {
  scope: managementGroup('other')
}
module subscribed 'subscription.bicep' = {
  scope: subscription(subscriptionId)
}
module direct 'resources.bicep' = {
  scope: resourceGroup(subscriptionId, 'direct')
}
module chosen 'resources.bicep' = {
  scope: subscriptionId == 'x' ? resourceGroup('a', 'b') : resourceGroup(subscriptionId, 'chosen')
}
output assignment string = group.outputs.id
