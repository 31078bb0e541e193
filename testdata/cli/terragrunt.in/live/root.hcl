inputs = {
  public = true
}
