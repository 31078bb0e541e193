param deploy bool
resource account 'Microsoft.Storage/storageAccounts@2024-01-01' = if (deploy) {
  name: 'account'

  resource blobs 'blobServices' = {
    name: 'default'

    resource containers 'containers' = [for name in ['a', 'b']: {
      name: name
      properties: {
        publicAccess: name == 'a' ? 'Blob' : 'None'
        service: blobs.id
      }
    }]
  }
}

resource queue 'Microsoft.Storage/storageAccounts/queueServices@2024-01-01' = {
  parent: account
  name: 'default'
  properties: {
    container: account::blobs::containers[1].id
    shortName: account::blobs.name
    kind: account.type
    version: account.apiVersion
  }
}

resource lock 'Microsoft.Authorization/locks@2020-05-01' = {
  name: 'lock'
  scope: account
  properties: {
    level: 'CanNotDelete'
  }
}

resource existing 'Microsoft.Network/virtualNetworks@2024-01-01' existing = {
  name: 'vnet'
  scope: resourceGroup('other', 'network')

  resource subnet 'subnets' existing = {
    name: 'subnet'
  }
}

resource nic 'Microsoft.Network/networkInterfaces@2024-01-01' = {
  name: 'nic'
  properties: {
    subnet: {
      id: existing::subnet.id
    }
  }
  dependsOn: [
    queue
  ]
}
