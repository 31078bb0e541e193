terraform {
  source = "../../../modules/db"
}

inputs = {
  public = true
}
