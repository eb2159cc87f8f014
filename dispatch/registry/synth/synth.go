// Package synth makes up directories: a city of homes and people that do not
// exist, as large as asked, the same for the same options. The benchmark and
// the demo use it; nothing in it is anyone's.
//
// Promise: the files a batch exports pass every check of an import. The
// package does no input or output and starts no goroutine.
package synth

import (
	"fmt"
	"math/rand/v2"
	"strconv"

	"onekeyd/dispatch"
	"onekeyd/dispatch/registry"
)

// Options says what to make up. The zero value is an empty city.
type Options struct {
	Seed       uint64
	Elders     int
	Responders int
	// Region is whose telephone numbers people get: CN if empty, HK, or US. Those of US are in the range kept for
	// fiction (NANPA: 555-0100 to 555-0199), 3,000 in all, given first to responders, and come again after that.
	// Numbers of CN and HK look like those of mobile telephones and are unique; never send to them in earnest.
	Region string
}

// Directory makes up a directory with numbers of mainland China.
func Directory(seed uint64, elders, responders int) *registry.Batch {
	return Make(Options{Seed: seed, Elders: elders, Responders: responders})
}

// Make makes up a directory: one device and one or two contacts an elder,
// areas down to buildings, with polygons for communities and grids.
func Make(o Options) *registry.Batch {
	m := &maker{
		rand: rand.New(rand.NewPCG(o.Seed, 0x6f6e656b657964)),
		city: cityFor(o.Elders), phones: phonesOf(o.Region, o.Seed), batch: registry.NewBatch(),
	}
	for _, kind := range []registry.Kind{registry.Areas, registry.Elders, registry.Contacts, registry.Devices, registry.Responders} {
		m.batch.Hold(kind)
	}
	for _, a := range m.city.areas() {
		m.must(m.batch.AddArea(a))
	}
	for i := range o.Responders {
		m.must(m.batch.AddResponder(m.responder(i)))
	}
	for i := range o.Elders {
		m.elder(i)
	}
	return m.batch
}

type maker struct {
	rand   *rand.Rand
	city   city
	phones *phones
	batch  *registry.Batch
}

// must stops at an identifier that is not one: a fault of this package only.
func (m *maker) must(err error) {
	if err != nil {
		panic(fmt.Sprintf("synth: %v", err))
	}
}

func numbered(prefix string, n int) string {
	digits := strconv.Itoa(n + 1)
	const zeros = "0000000"
	if len(digits) < len(zeros) {
		digits = zeros[len(digits):] + digits
	}
	return prefix + digits
}

func pick(r *rand.Rand, from []string) string { return from[r.IntN(len(from))] }

func (m *maker) name() string {
	return pick(m.rand, surnames()) + pick(m.rand, givenNames())
}

// birthSpan are the years in which the people of this city were born.
const firstBirth, birthSpan = 1930, 28

func (m *maker) elder(i int) {
	home := m.city.home(i, m.rand)
	id := dispatch.ElderID(numbered("E-", i))
	e := dispatch.Elder{
		ID: id, Name: m.name(), Sex: pick(m.rand, []string{"f", "m"}),
		BirthYear: firstBirth + m.rand.IntN(birthSpan), Phone: m.phones.next(), Premises: home,
		LivingAlone: m.rand.IntN(3) == 0, Language: "zh",
	}
	if m.rand.IntN(10) == 0 {
		e.Hints = pick(m.rand, []string{"听力不好，请大声", "行动不便，需要搀扶", "备用钥匙在物业", "家中有狗"})
	}
	if m.rand.IntN(4) == 0 {
		e.Medical = pick(m.rand, []string{"高血压", "糖尿病", "冠心病", "青霉素过敏"})
	}
	m.must(m.batch.AddElder(e))
	m.must(m.batch.AddDevice(dispatch.Device{ID: dispatch.DeviceID(numbered("D-", i)), Elder: id, Protocol: "json", Model: "K1"}))
	for rank := range 1 + i%2 {
		m.must(m.batch.AddContact(dispatch.Contact{
			Elder: id, Rank: rank + 1, Name: m.name(),
			Relation: pick(m.rand, []string{"儿子", "女儿", "邻居"}), Phone: m.phones.next(), Language: "zh",
		}))
	}
}

// responder makes the i-th of a round of twenty: eight workers, five grid
// leaders, three volunteers, a doctor, a clinic, a hospital and a police post.
func (m *maker) responder(i int) dispatch.Responder {
	kinds := []dispatch.ResponderKind{
		dispatch.Worker, dispatch.GridLeader, dispatch.Clinic, dispatch.Worker, dispatch.Volunteer,
		dispatch.GridLeader, dispatch.Worker, dispatch.Doctor, dispatch.Worker, dispatch.GridLeader,
		dispatch.Hospital, dispatch.Worker, dispatch.Volunteer, dispatch.Worker, dispatch.GridLeader,
		dispatch.Police, dispatch.Worker, dispatch.Volunteer, dispatch.GridLeader, dispatch.Worker,
	}
	o := dispatch.Responder{
		ID: dispatch.ResponderID(numbered("R-", i)), Name: m.name(), Kind: kinds[i%len(kinds)],
		Phone: m.phones.next(), Language: "zh", OnDuty: true,
	}
	grid := i % m.city.grids
	o.Base = m.city.place(grid, m.rand)
	c := m.city.communityOf(grid)
	switch o.Kind {
	case dispatch.GridLeader:
		o.Areas = []string{m.city.gridCode(grid)}
	case dispatch.Hospital, dispatch.Police:
		o.Name = m.city.streetName(m.city.streetOf(c)) + map[dispatch.ResponderKind]string{dispatch.Hospital: "医院", dispatch.Police: "派出所"}[o.Kind]
		o.Areas = []string{m.city.streetCode(m.city.streetOf(c))}
	case dispatch.Clinic:
		o.Name = m.city.communityName(c) + "卫生站"
		o.Areas = []string{m.city.communityCode(c)}
	default:
		o.Areas = []string{m.city.communityCode(c)}
		o.OnDuty = m.rand.IntN(5) > 0
	}
	o.Organisation = m.city.communityName(c)
	return o
}

func surnames() []string {
	return []string{"王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱", "高", "林", "何", "郭", "马", "罗"}
}

func givenNames() []string {
	return []string{
		"秀英", "桂兰", "玉兰", "淑珍", "凤英", "玉珍", "秀兰", "桂英", "建国", "建华", "国强", "志强", "德胜", "永福", "长海", "明远",
		"春梅", "秋菊", "海燕", "文静", "立新", "卫东", "树林", "宝山", "金凤", "银花", "广田", "庆丰", "安平", "乐民",
	}
}
