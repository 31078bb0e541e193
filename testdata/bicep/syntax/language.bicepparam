using './main.bicep' with {
  mode: 'deployment'
}
extends 'base.bicepparam'

import { names } from 'shared.bicep'

var region = readEnvironmentVariable('REGION', 'westeurope')

param location = region
param secret = az.getSecret('00000000-0000-0000-0000-000000000000', 'group', 'vault', 'name')
param all = [for name in names: {
  name: name
}]

extensionConfig k8s with {
  namespace: 'default'
}
