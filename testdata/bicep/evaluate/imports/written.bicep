@export()
type nested = {
  value: string?
  @secure()
  token: string
  list: (int?)[]
}
@export()
type chain = alias
type alias = nested.value
@export()
type choice = 'y' | other
type other = 'z'
