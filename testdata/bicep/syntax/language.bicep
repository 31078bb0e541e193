// One of everything the language has.
targetScope = 'resourceGroup'

metadata name = 'everything'

extension microsoftGraphV1
extension 'br:mcr.microsoft.com/bicep/extensions/microsoftgraph/v1.0:0.1.8-preview' as graph
extension kubernetes with {
  namespace: 'default'
  kubeConfig: kubeConfig
} as k8s

import { lockType, roleType as role } from 'br/public:avm/utl/types/avm-common-types:0.6.1'
import * as shared from 'shared.bicep'
import {
  first
  second as other
} from './both.bicep'

@description('A name.')
@minLength(3)
@maxLength(24)
param name string

@sys.secure()
param kubeConfig string

@allowed(['a', 'b'])
param kind string = 'a'
param optional string?

param lock lockType?
param tags resourceInput<'Microsoft.Storage/storageAccounts@2024-01-01'>.tags?
param endpoints resourceOutput<'Microsoft.Storage/storageAccounts@2024-01-01'>.properties.primaryEndpoints
param matrix int[][] = [[1, 2], [3]]
param union 'x' | 'y' | null = 'x'
param lines
  | 'x'
  | 'y' = 'x'
param object = {}
param sealed { name: string, size: -1 | 0 | 1 }

@export()
@description('A pair.')
@sealed()
type pair = {
  @description('First.')
  left: string

  right: int?
  'quoted-key': bool
  nested: {
    list: pair[]?
  }
  *: string
}

type tuple = [
  string
  int
]
type choice =
  | 'one'
  | 'two'
  | 3
  | true

@discriminator('kind')
type shape = circle | square
type circle = { kind: 'circle', radius: int }
type square = {
  kind: 'square'
  side: shared.length
}
type item = pair.nested.list[*].right
type last = tuple[1]
type nonNull = (string?)!
type extra = pair.*

@export()
func greet(who string, times int) string => join(map(range(0, times), i => 'Hello ${who} #${i}'), '\n')
func complex() { a: string } => {
  a: 'b'
}

var empty = {}
var none = []
var single = { a: 1, 'b-c': 2, '${name}-key': [1, 2, 3] }
var typed string = 'x'
var chosen = kind == 'a' && !empty(name) || kind =~ 'B' && name !~ 'c'
  ? 'first'
  : optional != null ? optional! : 'last ${'inner ${name}'} text'
var arithmetic = -1 + 2 * (3 - 4) / 5 % 6
var compared = 1 < 2 && 2 <= 3 && 3 > 2 && 3 >= 3 && 1 == 1 && 1 != 2
var coalesced = optional ?? null ?? 'default'
var accessed = single.a + single['b-c'] + single.?missing.?deeper + matrix[0][1] + matrix[^1][?0] + matrix[?^2]
var spread = {
  ...single
  d: 4
}
var spreadArray = [
  0
  ...matrix[0]
  -1
]
var lambda = reduce([1, 2], 0, (sum, next) => sum + next)
var grouped = groupBy(['a', 'b'], x => toLower(x))
var loop = [for i in range(0, 3): i * 2]
var indexed = [
  for (entry, index) in items(single): {
    key: entry.key
    position: index
  }
]
var multiLine = '''
  raw ${not.interpolated} \n
'''
var interpolated = $'''
  Hello ${name}
'''
var doubled = $$'''
  ${kept} $${name}
'''
var call = az.resourceGroup().location
var long = concat(
  'a',
  'b'
)

/* block
   comment */
resource account 'Microsoft.Storage/storageAccounts@2024-01-01' = if (chosen == 'first') {
  name: name
  location: resourceGroup().location
  sku: { name: 'Standard_LRS' }
  kind: 'StorageV2'
  properties: {
    #disable-next-line BCP037
    allowBlobPublicAccess: false
    for: 'a keyword as a name'
    if: true
    resource: 'x'
  }

  resource blobs 'blobServices' = {
    name: 'default'

    @batchSize(2)
    resource containers 'containers' = [for c in ['a', 'b']: {
      name: c
    }]
  }
  dependsOn: [
    vault
  ]
}

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' existing = {
  name: 'vault'
  scope: resourceGroup('sub', 'group')
}

@batchSize(1)
@onlyIfNotExists()
resource many 'Microsoft.Network/publicIPAddresses@2024-01-01' = [
  for (item, index) in ['a', 'b']: if (item != 'b') {
    name: '${item}${index}'
    parent: vault
  }
]

resource app 'Microsoft.Graph/applications@v1.0' = {
  uniqueName: 'app'
}

module child './child.bicep' = {
  name: 'child'
  scope: subscription()
  params: {
    secret: vault.getSecret('name')
    id: account::blobs.id
    deep: account::blobs::containers[0].name
  }
}

module remote 'br/public:avm/res/storage/storage-account:0.9.0' = [for i in range(0, 2): {
  name: 'remote-${i}'
}]

assert named = length(name) > 3

@description('The id.')
output id string = account.id
output typedOutput resource 'Microsoft.Storage/storageAccounts@2024-01-01' = account
output names array = [for i in range(0, 2): remote[i].outputs.name]

test basics 'child.bicep' = {
  params: {
    env: 'dev'
  }
}

// What looks odd and is right.
type crowded = 'a'|'b'|-1|!true|null
type alone = | 'a'
type rows = ['a', 'b']
|['c']
|[ 'd'
'e']
type spaced = {
  list: int [] [] ?
  self: spaced?
}
type either = ('a'|{ shape: '*', *: int }|10)[]
type hidden = sys.bool
param inline {
  name: string
  level: 100|200
} = {
  name: 'x'
  level: 100
}
param tagged {kind: 'a'}|{kind: 'b'} = {kind: 'b'}
param maybe ({key: 'v'} | null)[]
var if = true
var for = if && maybe[0]!.key == 'v' || maybe[0][?'key'] == null
var onAny = any({
})[az.resourceGroup().location]
var ofLiteral = {
  a: 's'
}['a']
var inCall = concat([
  's'
][0], 's')
var commentedLoop = [
    /* before */ for i in range(0,20) : i // behind
    // below
]
var inParentheses = map([1], (i => '${i}'))
var onNextLine = toObject(['a'], x =>

  x, x => // comment
{
  a: x
})
var severalLines = reduce(['a'], '', (
  // comment
  cur,
  next, position
) => concat(cur, next))
var emptyLines = ''''''
var quotedLines = ''''
abc
''''
var chain = if
  ? 'a'
  : for
    ? 'b'
    : 'c'
func joined(
  a bool,
  b string
) string => '${a ? 'x' : 'y'}://${b}${empty(b) ? '' : '/${b}'}'
output spaces bool =like ('abc', 'a*')
#disable-diagnostics BCP037 BCP036
#restore-diagnostics
