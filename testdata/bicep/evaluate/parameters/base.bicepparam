using none
param location = 'overridden'
param tags = {
  from: 'base'
}
param count = 2
