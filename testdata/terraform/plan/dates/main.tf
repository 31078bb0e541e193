resource "terraform_data" "x" {
  input = { a = timeadd("2020-01-01T00:00:00Z", "1h"), b = formatdate("YYYY-MM-DD", "2020-05-06T01:02:03Z"), c = timecmp("2020-01-01T00:00:00Z", "2021-01-01T00:00:00Z") }
}
