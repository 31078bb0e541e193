;;; palisade.el --- Palisade through Eglot  -*- lexical-binding: t; -*-

;; Eglot runs one server a buffer: this makes it Palisade in the modes below.

(require 'eglot)

(add-to-list 'eglot-server-programs
             '((terraform-mode hcl-mode bicep-mode bicep-ts-mode) . ("palisade" "lsp")))

(provide 'palisade)
;;; palisade.el ends here
