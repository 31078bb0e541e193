param location string
param rules array
param tags object
param mode string?
param input string
param argument string
resource a 'Microsoft.Network/networkSecurityGroups@2024-01-01' = {
  name: 'a'
  location: location
  tags: tags
  properties: {
    securityRules: rules
    mode: mode
    input: input
    argument: argument
  }
}
