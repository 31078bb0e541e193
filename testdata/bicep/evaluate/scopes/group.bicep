targetScope = 'managementGroup'
resource assign 'Microsoft.Authorization/policyAssignments@2022-06-01' = {
  name: 'assign'
  properties: {
    policyDefinitionId: managementGroupResourceId('Microsoft.Authorization/policyDefinitions', 'deny')
    of: managementGroup().id
    definition: tenantResourceId('Microsoft.Authorization/policyDefinitions', 'built-in')
  }
}
output id string = assign.id
