module "good" {
  source = "./bucket"
}

module "block" {
  source = "./block"
  bucket = module.good.id
}

module "bad" {
  source = "./bucket"
}
