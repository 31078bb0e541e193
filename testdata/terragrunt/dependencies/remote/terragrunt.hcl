terraform {
  source = "git::https://example.com/modules.git//zone?ref=v1.2.0"
}
