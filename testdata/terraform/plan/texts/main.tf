resource "terraform_data" "s" {
  input = {
    a = templatefile("${path.module}/t.tftpl", { items = { a = [1, null], b = { c = "ü<&>" } }, list = ["x", 1] })
    b = "tab\there \"quoted\" \\ \u00e9 \U0001F600 $${lit} %%{lit} $ % $x"
    c = <<EOT
  keep
    indent ${"in"}
EOT
    d = <<-EOT
    strip
      ${"deep"}
	tab
    EOT
    e = <<-EOT
      %{ if true }yes%{ else }no%{ endif }
      %{~ for x in ["a", "b"] }
      ${x ~}
      %{ endfor ~}
      last
    EOT
    f = "%{ for i, x in ["a", "b"] }${i}${x}%{ if i < 1 },%{ endif }%{ endfor }"
    g = yamlencode({ a = [1, "x", null, true], b = { c = "multi\nline", d = "yes", e = "1.0", f = "" }, g = [], h = {}, i = "a: b", j = 1.5 })
    h = yamldecode("a: 1\nb:\n  - x\n  - y: {z: ~}\nc: \"1\"\nd: 2020-01-01\ne: |\n  text\n  more\nf: yes\ng: 0x1F\nh: 1e3\n")
    i = csvdecode("a,b\n1,\"x,y\"\n2,\"q\"\"q\"\n")
    j = jsondecode("{\"a\":[1.0,1e2,-0,\"\\u00e9\"],\"b\":null}")
    k = jsonencode({ b = 1.10, a = "<é>&", c = [1e30, 0.1, 100000000000000000000] })
    l = base64encode("é"), m = base64decode("w6k="), n = urlencode("a b/é&"), o = textencodebase64("é", "UTF-16LE"), p = textdecodebase64("6QA=", "UTF-16LE")
    q = format("%s %v %#v %q %d %3d|%-3d|%03d %.2f %e %g %t %%", "a", [1], { a = "b" }, "q\"", 5, 5, 5, 5, 1.005, 12345.678, 0.00001, true)
    r = formatlist("%s=%s", ["a", "b"], "x"), s = split(",", "a,,b,"), t = join("-", []), u = replace("a.b.c", ".", "-"), v = replace("abc123", "/[0-9]+/", "<$0>"), w = replace("x1y", "/(\\d)/", "$${1}")
    x = regex("(\\w+)@(\\w+)", "me@host"), y = regexall("(?P<k>\\w)=(?P<v>\\w)", "a=1 b=2"), z = title("hello wOrld"), aa = lower("ÀÉ"), ab = trim("xxaxx", "x"), ac = trimprefix("aab", "a"), ad = trimsuffix("abb", "b"), ae = trimspace("\t a \n")
    af = substr("héllo", 1, 3), ag = substr("hello", -3, 2), ah = strrev("aé👍🏽"), ai = indent(2, "a\nb\n\nc"), aj = chomp("a\r\n\n"), ak = strcontains("abc", "b"), al = startswith("abc", "ab"), am = endswith("abc", "")
    an = sha1("a"), ao = md5("é"), ap = base64sha256("a"), aq = filemd5("${path.module}/t.tftpl"), ar = uuidv5("dns", "example.com"), as = cidrhost("10.0.0.0/24", -2), at = cidrsubnets("10.0.0.0/16", 4, 8, 4), au = cidrnetmask("10.0.0.0/20"), av = cidrsubnet("fd00::/8", 8, 2)
    aw = formatdate("EEE, DD MMM YYYY hh:mm:ss ZZZ 'x' h aa", "2024-02-29T13:04:05+02:00"), ax = timeadd("2024-02-28T23:00:00Z", "90m"), ay = timecmp("2024-01-01T00:00:00Z", "2024-01-01T01:00:00+01:00")
    az = basename("/a/b.c"), ba = dirname("/a/b/"), bb = abspath("/a/../b"), bc = pathexpand("/x"), bd = fileexists("${path.module}/none"), be = fileset(path.module, "*.{tf,tftpl}"), bf = path.module
  }
}
