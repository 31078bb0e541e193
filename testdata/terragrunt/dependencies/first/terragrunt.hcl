dependency "second" {
  config_path = "../second"
}
inputs = {
  x = dependency.second.outputs.y
}
