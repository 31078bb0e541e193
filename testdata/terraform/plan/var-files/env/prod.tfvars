e = <<-T
  heredoc
    here
T
f = -1.5e3
g = { x = { port = "1" }, "y z" = { port = 2, open = "true" } }
