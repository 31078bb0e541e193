resource web 'Microsoft.Network/networkSecurityGroups@2024-05-01' = {
  name: 'web'
  location: 'westeurope'
}

resource ssh 'Microsoft.Network/networkSecurityGroups/securityRules@2024-05-01' = {
  parent: web
  name: 'ssh'
  properties: {
    priority: 100
    direction: 'Inbound'
    access: 'Allow'
    protocol: 'Tcp'
    sourceAddressPrefix: '*'
    sourcePortRange: '*'
    destinationAddressPrefix: '*'
    destinationPortRange: '22'
  }
}
