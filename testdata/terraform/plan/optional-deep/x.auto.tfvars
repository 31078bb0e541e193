apps = {
  bare = { image = "i" }
  full = {
    image  = 5
    ports  = [{ number = "443", protocol = null }, { number = 8080, allow = ["b", "a", "a"] }]
    limits = { memory = "1024", extra = { x = { on = "false" }, y = { text = 1, unknown = "dropped" } } }
    pair   = [true, "7"]
    sets   = [["y", "x", "y"], []]
    dropped = 1
  }
  nulls = { image = "n", ports = null, limits = null, pair = null, notes = null }
}
