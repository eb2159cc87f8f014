package geo

import (
	"errors"
	"fmt"
	"slices"
)

// Level is a step of the hierarchy that a city is divided by.
type Level string

// The levels from the widest to the narrowest. A grid is what one grid leader
// answers for; a group is a group of buildings in it.
const (
	City      Level = "city"
	District  Level = "district"
	Street    Level = "street"
	Community Level = "community"
	Grid      Level = "grid"
	Group     Level = "group"
	Building  Level = "building"
	Unit      Level = "unit"
)

// ErrUnknownLevel is wrapped by the refusal of a name that is no level.
var ErrUnknownLevel = errors.New("level is not one of city, district, street, community, grid, group, building, unit")

// Levels are all levels, the widest first.
func Levels() []Level {
	return []Level{City, District, Street, Community, Grid, Group, Building, Unit}
}

// Depth is 1 for a city to 8 for a unit, and 0 for what is no level: the
// deeper, the closer two homes in the same area are.
func (l Level) Depth() int {
	switch l {
	case City:
		return 1
	case District:
		return 2
	case Street:
		return 3
	case Community:
		return 4
	case Grid:
		return 5
	case Group:
		return 6
	case Building:
		return 7
	case Unit:
		return 8
	}
	return 0
}

// ParseLevel takes the name of a level. Errors wrap [ErrUnknownLevel].
func ParseLevel(name string) (Level, error) {
	if l := Level(name); slices.Contains(Levels(), l) {
		return l, nil
	}
	return "", fmt.Errorf("level %q: %w", name, ErrUnknownLevel)
}
