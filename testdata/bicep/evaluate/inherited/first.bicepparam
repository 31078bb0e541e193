using none
param rules = [
  'ssh'
]
param tags = {
  owner: 'first'
  team: 'net'
}
