dependency "network" {
  config_path = "../network"
  mock_outputs = {
    cidr = "0.0.0.0/0"
    id   = "network-mock"
  }
}

dependency "remote" {
  config_path = "../remote"
  mock_outputs = {
    name = "mock"
  }
}

dependency "skipped" {
  config_path  = "../network"
  skip_outputs = true
  mock_outputs = {
    cidr = "192.168.0.0/16"
  }
}

dependencies {
  paths = ["../network"]
}

inputs = {
  cidr    = dependency.network.outputs.cidr
  id      = dependency.network.outputs.id
  ids     = dependency.network.outputs.ids
  arn     = dependency.network.outputs.arn
  mocked  = dependency.remote.outputs.name
  remote  = dependency.remote.outputs.zone
  skipped = dependency.skipped.outputs.cidr
}
