using './main.bicep' with {
  mode: 'stack'
  scope: '/subscriptions/${subscription}'
}
extends 'first.bicepparam'
extends './second.bicepparam'
var subscription = readCliArg('subscription-id')
param rules = [...base.rules, 'web']
param tags = union(base.tags, { owner: 'main' })
param mode = null
param input = externalInput('ev2.config', 'region')
param argument = readEnvironmentVariable('NEVER_SET_HERE')
