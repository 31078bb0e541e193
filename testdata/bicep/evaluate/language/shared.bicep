@export()
var settings = { level: 'high' }
@export()
func double(n int) int => n * 2
@export()
type maybe = int?
