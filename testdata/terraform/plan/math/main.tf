resource "terraform_data" "x" {
  input = { a = max(1, 2), b = min([3, 1]...), c = ceil(1.2), d = floor(1.8), e = abs(-1), f = pow(2, 10), g = parseint("ff", 16), h = sum([1, 2.5]), i = range(3), j = signum(-4), k = log(16, 2) }
}
