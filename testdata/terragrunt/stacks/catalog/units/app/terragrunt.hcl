dependency "network" {
  config_path = values.network
}
inputs = {
  region = values.region
  cidr   = dependency.network.outputs.cidr
  zone   = try(values.zone, "a")
}
