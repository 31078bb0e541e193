inputs = merge({ a = "a" }, jsondecode(sops_decrypt_file("secrets.json")))
