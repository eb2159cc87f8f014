package district

import (
	"fmt"

	"onekeyd/dispatch"
	"onekeyd/geo"
)

// responders adds everybody who may be asked: for each community two workers,
// two grid leaders and a volunteer; a clinic and a doctor for three communities;
// a hospital, two police stations and the service providers for all. It is
// always some hour of the day, so about a quarter are off duty.
func (m *making) responders() {
	for c, name := range communities {
		east, north := middle(c)
		for n := 1; n <= 2; n++ { // an office at the north gate, and one in the middle
			office := at(east, north+wideNorth/2-20-float64(n-1)*wideNorth/3)
			m.responder(dispatch.Worker, fmt.Sprintf("W-%02d%d", c+1, n), m.person(), office, name+"居委会", m.chance(75), communityCode(c))
		}
		for g := 1; g <= gridsInEachCommunity; g++ {
			home := stairPoint(c, m.buildingIn(g), 1+m.r.IntN(stairs))
			m.responder(dispatch.GridLeader, fmt.Sprintf("G-%02d%d", c+1, g), m.person(), home, fmt.Sprintf("%s第%d网格", name, g), m.chance(80), gridCode(c, g))
		}
		b := 1 + m.r.IntN(buildings)
		m.responder(dispatch.Volunteer, fmt.Sprintf("V-%02d", c+1), m.person(), stairPoint(c, b, 1), fmt.Sprintf("%s%d号楼楼长", name, b), m.chance(60), buildingCode(c, b))
	}
	for c := 1; c < len(communities); c += 3 { // between its two neighbours in the row
		east, north := middle(c)
		serves := []string{communityCode(c - 1), communityCode(c), communityCode(c + 1)}
		house := communities[c] + "卫生服务站"
		place := at(east-60, north+wideNorth/2+15)
		m.responder(dispatch.Clinic, fmt.Sprintf("C-%02d", c+1), house, place, house, c != 4, serves...) // one is closed for the night
		m.responder(dispatch.Doctor, fmt.Sprintf("D-%02d", c+1), m.person(), place, house, m.chance(75), serves...)
	}
	m.responder(dispatch.Hospital, "H-01", "垦利演示医院", at(350, 900), "垦利演示医院", true, districtCode)
	m.responder(dispatch.Police, "P-01", "城中演示派出所", at(-700, -10), "城中演示派出所", true, streetCode)
	m.responder(dispatch.Police, "P-02", "城东演示派出所", at(1400, 310), "城东演示派出所", true, streetCode)
	m.providers()
}

// providers adds who comes when an elder asks for a service. The town this is
// after had 56; six show what there is.
func (m *making) providers() {
	for n, p := range []struct {
		name       string
		categories []string
		onDuty     bool
	}{
		{"洁万家演示家政", []string{"cleaning", "保洁"}, true},
		{"安居演示维修", []string{"repairs", "维修"}, true},
		{"幸福演示食堂", []string{"meals", "助餐"}, true},
		{"正源演示法律服务所", []string{"advice", "咨询"}, false}, // opens in the morning
		{"康护演示护理站", []string{"medical", "护理"}, true},
		{"顺达演示接送", []string{"transport", "接送"}, true},
	} {
		m.add(m.Batch.AddResponder(dispatch.Responder{
			ID: dispatch.ResponderID(fmt.Sprintf("S-%02d", n+1)), Name: p.name, Kind: dispatch.Provider, Categories: p.categories, Phone: m.numbers.take(),
			Base: at(float64(n)*cellEast-1750, 280), Areas: []string{streetCode}, Language: "zh", OnDuty: p.onDuty, Organisation: p.name,
		}))
	}
}

func (m *making) responder(kind dispatch.ResponderKind, id, name string, base geo.Point, organisation string, onDuty bool, serves ...string) {
	m.add(m.Batch.AddResponder(dispatch.Responder{
		ID: dispatch.ResponderID(id), Name: name, Kind: kind, Phone: m.numbers.take(), Base: base, Areas: serves,
		Language: "zh", OnDuty: onDuty, Organisation: organisation,
	}))
}

func (m *making) person() string {
	given := [][]string{daughters[:], sons[:], younger[:]}[m.r.IntN(3)]
	return pick(m.r, surnames[:]) + pick(m.r, given)
}

// buildingIn is some building of a grid.
func (m *making) buildingIn(grid int) int {
	for {
		if b := 1 + m.r.IntN(buildings); gridOf(b) == grid {
			return b
		}
	}
}
