// Starts `palisade lsp` and hands it the files it serves.
const { workspace } = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

const languages = ["terraform", "terraform-vars", "opentofu", "bicep", "bicep-params", "yaml", "json", "jsonc"];

let client;

exports.activate = async () => {
  const command = workspace.getConfiguration("palisade").get("path");
  client = new LanguageClient(
    "palisade",
    "Palisade",
    { command, args: ["lsp"] },
    { documentSelector: languages.map((language) => ({ scheme: "file", language })) },
  );
  await client.start();
};

exports.deactivate = () => client?.stop();
