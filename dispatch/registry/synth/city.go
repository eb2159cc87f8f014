package synth

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"

	"onekeyd/dispatch"
	"onekeyd/geo"
)

// city is a square lattice of communities, each of two by four grids, each of
// ten buildings, around 118.55° east, 37.59° north. Streets are of ten
// communities, districts of ten streets.
type city struct {
	grids, perGrid int
	communities    int
	side           int // communities in a row
}

const (
	centreLat, centreLon = 37.59, 118.55
	cellLat, cellLon     = 0.010, 0.0125 // a community: about 1.1 km each way
	gridsAcross          = 4
	gridsUp              = 2
	perCommunity         = gridsAcross * gridsUp
	perStreet            = 10
	perDistrict          = 10
	buildings            = 10
)

func cityFor(elders int) city {
	c := city{perGrid: min(250, max(10, elders/64))}
	c.grids = max(1, (elders+c.perGrid-1)/c.perGrid)
	c.communities = (c.grids + perCommunity - 1) / perCommunity
	c.side = int(math.Ceil(math.Sqrt(float64(c.communities))))
	return c
}

func (c city) communityOf(grid int) int   { return grid / perCommunity }
func (c city) streetOf(community int) int { return community / perStreet }
func (c city) districtOf(street int) int  { return street / perDistrict }
func (c city) districtCode(d int) string  { return fmt.Sprintf("syn%02d", d+1) }
func (c city) streetCode(s int) string {
	return c.districtCode(c.districtOf(s)) + fmt.Sprintf("%02d", s%perDistrict+1)
}
func (c city) communityCode(n int) string {
	return c.streetCode(c.streetOf(n)) + fmt.Sprintf("%02d", n%perStreet+1)
}
func (c city) gridCode(g int) string {
	return c.communityCode(c.communityOf(g)) + "-" + strconv.Itoa(g%perCommunity+1)
}
func (c city) buildingCode(g, b int) string { return c.gridCode(g) + "-" + fmt.Sprintf("%02d", b+1) }

func (c city) communityName(n int) string {
	plants := []string{"海棠", "石榴", "银杏", "梧桐", "玉兰", "紫藤", "丹桂", "芙蓉", "腊梅", "翠竹"}
	return plants[n%len(plants)] + strconv.Itoa(n/len(plants)+1) + "社区"
}

func (c city) streetName(s int) string { return "第" + strconv.Itoa(s+1) + "街道" }

// corner is the south-west corner of a grid.
func (c city) corner(grid int) geo.Point {
	n := c.communityOf(grid)
	g := grid % perCommunity
	return geo.Point{
		Lat: centreLat + (float64(n/c.side)-float64(c.side)/2)*cellLat + float64(g/gridsAcross)*cellLat/gridsUp,
		Lon: centreLon + (float64(n%c.side)-float64(c.side)/2)*cellLon + float64(g%gridsAcross)*cellLon/gridsAcross,
	}
}

func rectangle(sw geo.Point, lat, lon float64) geo.MultiPolygon {
	ne := geo.Point{Lat: sw.Lat + lat, Lon: sw.Lon + lon}
	return geo.MultiPolygon{{{sw, {Lat: sw.Lat, Lon: ne.Lon}, ne, {Lat: ne.Lat, Lon: sw.Lon}, sw}}}
}

func (c city) areas() []geo.Area {
	list := []geo.Area{{Code: "syn", Name: "合成市", Level: geo.City}}
	streets := c.streetOf(c.communities-1) + 1
	for d := range c.districtOf(streets-1) + 1 {
		list = append(list, geo.Area{Code: c.districtCode(d), Name: "第" + strconv.Itoa(d+1) + "区", Level: geo.District, Parent: "syn"})
	}
	for s := range streets {
		list = append(list, geo.Area{Code: c.streetCode(s), Name: c.streetName(s), Level: geo.Street, Parent: c.districtCode(c.districtOf(s))})
	}
	for n := range c.communities {
		list = append(list, geo.Area{
			Code: c.communityCode(n), Name: c.communityName(n), Level: geo.Community, Parent: c.streetCode(c.streetOf(n)),
			Polygon: rectangle(c.corner(n*perCommunity), cellLat, cellLon),
		})
	}
	for g := range c.grids {
		list = append(list, geo.Area{
			Code: c.gridCode(g), Name: "第" + strconv.Itoa(g%perCommunity+1) + "网格", Level: geo.Grid, Parent: c.communityCode(c.communityOf(g)),
			Polygon: rectangle(c.corner(g), cellLat/gridsUp, cellLon/gridsAcross),
		})
		for b := range buildings {
			list = append(list, geo.Area{Code: c.buildingCode(g, b), Name: strconv.Itoa(b+1) + "号楼", Level: geo.Building, Parent: c.gridCode(g)})
		}
	}
	return list
}

// place is somewhere in a grid.
func (c city) place(grid int, r *rand.Rand) geo.Point {
	p := c.corner(grid)
	return geo.Point{
		Lat: p.Lat + (0.05+0.9*r.Float64())*cellLat/gridsUp,
		Lon: p.Lon + (0.05+0.9*r.Float64())*cellLon/gridsAcross,
	}
}

// home gives the i-th elder a flat. Two rows of five buildings stand in a grid.
func (c city) home(i int, r *rand.Rand) dispatch.Premises {
	grid := i / c.perGrid
	b := r.IntN(buildings)
	p := c.corner(grid)
	p.Lat += (0.25 + 0.5*float64(b/5) + 0.02*r.Float64()) * cellLat / gridsUp
	p.Lon += (0.1 + 0.2*float64(b%5) + 0.02*r.Float64()) * cellLon / gridsAcross
	floor := 1 + r.IntN(6)
	unit := 1 + r.IntN(4)
	room := floor*100 + 1 + r.IntN(2)
	return dispatch.Premises{
		Address: c.communityName(c.communityOf(grid)) + strconv.Itoa(grid%perCommunity+1) + "区" + strconv.Itoa(b+1) + "号楼" +
			strconv.Itoa(unit) + "单元" + strconv.Itoa(room) + "室",
		Area: c.buildingCode(grid, b), Point: p, Floor: strconv.Itoa(floor),
	}
}
