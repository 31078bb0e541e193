// Files of a folder, paths into documents, encodings.
var scripts = loadDirectoryFileInfo('./scripts/', '*.ps?')
var all = sys.loadDirectoryFileInfo('scripts')
resource a 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: 'a'
  properties: {
    first: scripts[0]
    names: map(all, file => file.baseName)
    content: loadTextContent(all[1].relativePath)
    none: loadDirectoryFileInfo('scripts', 'x*')
    outside: loadDirectoryFileInfo('../../../..')
    each: loadJsonContent('rules.json', '$.rules[*].name')
    anywhere: loadJsonContent('rules.json', '$..port')
    only: loadJsonContent('rules.json', '.rules[0].name')
    quoted: loadJsonContent('rules.json', '$[\'rules\'][1][\'port\']')
    wrong: loadJsonContent('rules.json', '$.nothing')
    script: loadJsonContent('rules.json', '$.rules[?(@.port == 22)]')
    yaml: loadYamlContent('list.yaml', '$.items[*]')
    wide: loadTextContent('wide.txt', 'utf-16')
    wideJson: loadJsonContent('wide.json', '$.open', 'utf-16BE')
    ascii: loadTextContent('scripts/b.sh', 'us-ascii')
  }
}
