using './main.bicep'
extends 'base.bicepparam'
var region = readEnvironmentVariable('REGION', 'westeurope')
param location = region
param secret = az.getSecret('sub', 'group', 'vault', 'name')
