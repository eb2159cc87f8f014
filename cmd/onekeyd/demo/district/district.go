package district

import (
	"fmt"
	"math/rand/v2"

	"onekeyd/dispatch"
	"onekeyd/dispatch/registry"
)

// Elders is how many elders the district has.
const Elders = 88

// District is the whole of it, fit for an import.
type District struct {
	Batch   *registry.Batch
	Devices []dispatch.DeviceID // the keys, one an elder and in their order
}

// making is a district on its way.
type making struct {
	District
	r       *rand.Rand
	year    int
	numbers numbers
	homes   map[string]bool // addresses given away
	err     error           // the first of any Add
}

// New makes the district as it is in this year: birth years follow from it.
func New(year int) (District, error) {
	m := &making{
		District: District{Batch: registry.NewBatch()},
		r:        rand.New(rand.NewPCG(370505, Elders)), year: year, homes: map[string]bool{},
	}
	for _, a := range areas() {
		m.add(m.Batch.AddArea(a))
	}
	for n := range Elders {
		m.elder(n)
	}
	m.responders()
	if m.err != nil {
		return District{}, fmt.Errorf("make the demo district: %w", m.err)
	}
	return m.District, nil
}

func (m *making) add(err error) {
	if m.err == nil {
		m.err = err
	}
}

func (m *making) chance(percent int) bool { return m.r.IntN(100) < percent }

// elder adds one with home, key and family. Communities take turns, so that
// each has four or five.
func (m *making) elder(n int) {
	e := dispatch.Elder{
		ID: dispatch.ElderID(fmt.Sprintf("E-%04d", n+1)), Sex: "f", BirthYear: m.year - 81 - m.r.IntN(17), Phone: m.numbers.take(),
		LivingAlone: m.chance(55), Language: "zh", Premises: m.home(n % len(communities)),
	}
	surname, given := pick(m.r, surnames[:]), pick(m.r, oldWomen[:])
	if m.chance(40) { // at that age two of three are women
		e.Sex, given = "m", pick(m.r, oldMen[:])
	}
	e.Name = surname + given
	switch {
	case e.LivingAlone && m.chance(50):
		e.Hints = "独居、" + pick(m.r, hints[:])
	case e.LivingAlone:
		e.Hints = "独居"
	case m.chance(50):
		e.Hints = pick(m.r, hints[:])
	}
	if m.chance(60) {
		e.Medical = pick(m.r, conditions[:])
	}
	m.add(m.Batch.AddElder(e))

	key := dispatch.DeviceID(fmt.Sprintf("K-%04d", n+1))
	m.add(m.Batch.AddDevice(dispatch.Device{ID: key, Elder: e.ID, Protocol: "http", Phone: e.Phone, Model: "一键通（演示）"}))
	m.Devices = append(m.Devices, key)
	m.family(e, surname)
}

func (m *making) home(community int) dispatch.Premises {
	for {
		building, stair, floor := 1+m.r.IntN(buildings), 1+m.r.IntN(stairs), 1+m.r.IntN(floors)
		address := fmt.Sprintf("%s%d号楼%d单元%d", communities[community], building, stair, 100*floor+1+m.r.IntN(2))
		if m.homes[address] {
			continue
		}
		m.homes[address] = true
		return dispatch.Premises{
			Address: address, Area: stairCode(community, building, stair), Point: stairPoint(community, building, stair),
			Floor: fmt.Sprint(floor), AccessNote: pick(m.r, wayIn[:]),
		}
	}
}

// family is one to three people. A father's children have his surname, a
// mother's another one, and all of them the same.
func (m *making) family(e dispatch.Elder, surname string) {
	if e.Sex == "f" {
		surname = pick(m.r, surnames[:])
	}
	for rank := range 1 + m.r.IntN(3) {
		c := dispatch.Contact{Elder: e.ID, Rank: rank + 1, Phone: m.numbers.take(), Language: "zh"}
		switch m.r.IntN(5) {
		case 0, 1:
			c.Relation, c.Name = "女儿", surname+pick(m.r, daughters[:])
		case 2, 3:
			c.Relation, c.Name = "儿子", surname+pick(m.r, sons[:])
		default:
			c.Relation, c.Name = "邻居", pick(m.r, surnames[:])+pick(m.r, younger[:])
		}
		if c.Relation != "邻居" && m.chance(10) {
			c.Language = "en" // lives abroad by now
		}
		m.add(m.Batch.AddContact(c))
	}
}
