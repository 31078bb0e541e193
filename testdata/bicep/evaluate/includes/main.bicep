var text = loadTextContent('note.txt')
var policy = loadTextContent('policy.json')
var data = loadJsonContent('policy.json')
var part = loadJsonContent('policy.json', '$.rules[1].name')
var yaml = loadYamlContent('data.yaml')
resource a 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: 'a'
  properties: {
    text: text
    policy: policy
    first: data.rules[0].name
    part: part
    yaml: yaml.list[1]
    base64: loadFileAsBase64('note.txt')
    outside: loadTextContent('../../../../Cargo.toml')
    absent: loadTextContent('nothing.txt')
  }
}
