// Values of `main.parameters.json` beside the file, as the Azure Developer CLI reads them.
param environmentName string
param location string
param tier string = 'Basic'
param tags object
param open bool = true
@secure()
param password string
param absent string = 'default'

resource app 'Microsoft.Web/sites@2024-04-01' = {
  name: 'app-${environmentName}'
  location: location
  tags: tags
  properties: {
    tier: tier
    publicNetworkAccess: open ? 'Enabled' : 'Disabled'
    password: password
    absent: absent
  }
}
