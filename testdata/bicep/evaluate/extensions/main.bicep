// Extensions, registry modules from a cache beside the file, template specs, aliases.
extension microsoftGraphV1
extension 'br:mcr.microsoft.com/bicep/extensions/microsoftgraph/beta:1.0.0' as beta
extension kubernetes with {
  namespace: 'default'
  kubeConfig: ''
} as k8s

resource app 'Microsoft.Graph/applications@v1.0' = {
  uniqueName: 'app'
  displayName: 'App'
}
resource principal 'Microsoft.Graph/servicePrincipals@v1.0' = {
  appId: app.appId
}
resource service 'core/Service@v1' = {
  metadata: {
    name: 'front'
  }
  spec: {
    type: 'LoadBalancer'
  }
}
module aliased 'br/company:storage:v1' = {
  params: {
    name: 'aliased'
  }
  extensionConfigs: {
    k8s: k8s.config
  }
}
module full 'br:company.azurecr.io/bicep/modules/storage:v1' = [for i in range(0, 2): {
  params: {
    name: 'full${i}'
  }
}]
module spec 'ts/specs:network:1.0' = {
  params: {
    name: 'vnet'
  }
}
module missing 'br/company:storage:v2' = {
  params: {
    name: 'missing'
  }
}
module unknownAlias 'br/nobody:storage:v1' = {}
output endpoint string = aliased.outputs.id
