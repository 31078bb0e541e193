// Names of another Bicep file and of templates compiled from one.
import { region, prefixed as withPrefix, level } from 'compiled.json'
import * as compiled from './compiled.json'
import { nested as inner, chain } from 'written.bicep'
import * as written from 'written.bicep'
import { absent } from 'nowhere.json'

param one level
param two compiled.level
param three compiled.needed
param four inner.value
param five written.nested.list[*]
param six chain
param seven (written.nested.value)!
param eight 'x' | written.choice
param nine inner.token
param ten hidden
param eleven bool

@secure()
type hidden = string

resource a 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: withPrefix('a')
  location: region
  properties: {
    starred: compiled.region
    called: compiled.prefixed('b')
    defaulted: compiled.prefixed('b', 'z')
    hidden: compiled.internal
    undeclared: compiled.nothing('x')
    one: one
    two: two
    three: three
    four: four
    five: five
    six: six
    seven: seven
    eight: eight
    nine: nine
    ten: ten
    eleven: eleven
    absent: absent
  }
}
