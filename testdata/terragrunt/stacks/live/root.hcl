inputs = {
  owner = "live"
}
