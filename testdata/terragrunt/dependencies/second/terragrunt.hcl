dependency "first" {
  config_path = "../first"
}
inputs = {
  x = dependency.first.outputs.y
}
