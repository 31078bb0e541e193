extension microsoftGraphV1
import { settings, double as twice } from 'shared.bicep'
import * as shared from 'shared.bicep'

type optional = string?
param one optional
param two 'x' | 'y'
@allowed(['p', 'q'])
param three string
param four object = {}
param five shared.maybe

func greet(name string, times int) string => join(map(range(0, times), i => '${name}${i}'), ' ')

var base = { a: 1, b: { c: 'deep' } }
var list = [10, 20, 30]

assert small = length(list) < 3

resource app 'Microsoft.Graph/applications@v1.0' = {
  uniqueName: 'app'
  displayName: greet('x', 2)
  spread: { ...base, a: 2 }
  items: [0, ...list, -1]
  last: list[^1]
  safe: base.?missing.?deeper ?? 'fallback'
  safeIndex: list[?9]
  index: base['b'].c
  coalesced: one ?? 'was null'
  choice: two == 'x' ? 'is x' : 'is not'
  allowed: three
  unknownInside: '${three}-suffix'
  emptyUnknown: empty('${three}-suffix')
  shortCircuit: false && three == 'p'
  shared: settings.level
  twice: twice(21)
  starred: shared.double(4)
  starredVariable: shared.settings.level
  insensitive: 'ABC' =~ 'abc'
  arithmetic: (1 + 2) * 3 - 7 / 2 % 2
  nullable: five
  missing: base.nothing
  undeclared: nowhere
  multi: '''
line
'''
  bool: 'is ${true}'
  any: any(list)
  name: nameof(base.b)
}
