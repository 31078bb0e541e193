-- The Palisade language server for Neovim's built-in client (`:help lsp-config`).
return {
  cmd = { "palisade", "lsp" },
  filetypes = { "terraform", "terraform-vars", "hcl", "opentofu", "bicep", "bicep-params", "yaml", "json", "jsonc" },
  root_markers = { "palisade.toml", ".git" },
}
