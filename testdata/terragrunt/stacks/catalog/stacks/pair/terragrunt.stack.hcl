unit "network" {
  source = "../../units/network"
  path   = "network"
  values = {
    cidr = values.cidr
  }
}
