package plans

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"onekeyd/dispatch"
	"onekeyd/dispatch/phone"
)

// Read gives the plans of a file: base where it says nothing. zone is that of
// the hours on call. The error holds everything that is wrong, one fault a line.
func Read(data []byte, base dispatch.Plan, zone *time.Location) (dispatch.Plans, error) {
	r := &reading{phones: phone.New("CN"), names: map[string]bool{}}
	var f file
	if err := r.decode(data, &f); err != nil {
		return dispatch.Plans{}, err
	}
	p := dispatch.Plans{Default: r.plan("default", f.Default, base), Zone: zone}
	r.name("default", f.Default.Name, &p.Default, base, base.Name+"+")
	for n, c := range f.Community {
		r.community(fmt.Sprintf("community[%d]", n+1), c, &p)
	}
	for _, plan := range Each(p) {
		wrong := plan.Check()
		slices.SortFunc(wrong, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
		r.wrong = append(r.wrong, wrong...)
	}
	if len(r.wrong) > 0 {
		return dispatch.Plans{}, errors.Join(r.wrong...)
	}
	return p, nil
}

// reading is one call of Read.
type reading struct {
	phones *phone.Parser
	names  map[string]bool // of plans
	wrong  []error
}

func (r *reading) bad(place, format string, args ...any) {
	r.wrong = append(r.wrong, fmt.Errorf(place+": "+format, args...))
}

// decode fills f. Keys that mean nothing are reported beside what is wrong
// with the others; the error is for text of which no more can be said.
func (r *reading) decode(data []byte, f *file) error {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")) // some editors begin a file with it
	err := toml.NewDecoder(bytes.NewReader(data)).DisallowUnknownFields().Decode(f)
	if unknown, ok := errors.AsType[*toml.StrictMissingError](err); ok {
		for _, e := range unknown.Errors {
			line, _ := e.Position()
			r.bad(fmt.Sprintf("line %d", line), "there is no %s", strings.Join(e.Key(), "."))
		}
		return nil
	}
	if broken, ok := errors.AsType[*toml.DecodeError](err); ok {
		line, column := broken.Position()
		if len(broken.Key()) > 0 && strings.Contains(broken.Error(), "cannot") { // the library would name our types
			return fmt.Errorf("line %d: %s is a table or a list of tables, and something else stands there", line, strings.Join(broken.Key(), "."))
		}
		return fmt.Errorf("line %d, column %d: %w", line, column, broken)
	}
	return err
}

// name gives a plan the name that facts are recorded under: two that differ
// never share one, or a later review could not tell which was in force.
func (r *reading) name(place string, v any, p *dispatch.Plan, from dispatch.Plan, otherwise string) {
	p.Name = from.Name
	switch {
	case v != nil:
		p.Name = r.text(place+".name", v, p.Name)
	case !reflect.DeepEqual(*p, from) || r.names[p.Name]:
		p.Name = otherwise
	}
	if r.names[p.Name] {
		r.bad(place+".name", "%q is the name of another plan", p.Name)
	}
	r.names[p.Name] = true
}

func (r *reading) community(place string, c communityTable, p *dispatch.Plans) {
	areas := r.list(place+".area", c.Area)
	for _, code := range areas {
		if err := dispatch.CheckID(code); err != nil {
			r.bad(place+".area", "%q %w", code, err)
		}
		if other, twice := p.Areas[code]; twice {
			r.bad(place+".area", "%s has the plan %s already", code, other.Name)
		}
	}
	if len(areas) == 0 {
		if c.Area == nil {
			r.bad(place, "area is missing: the code or codes of the areas it is for")
		}
		return
	}
	if c.UsableFor != nil {
		r.bad(place+".usable_for", "stands in the default only: positions are kept for all areas together")
	}
	plan := r.plan(place, c.planTable, p.Default)
	r.name(place, c.Name, &plan, p.Default, p.Default.Name+"/"+areas[0])
	if p.Areas == nil {
		p.Areas = map[string]dispatch.Plan{}
	}
	for _, code := range areas {
		p.Areas[code] = plan
	}
}

// kinds are those whose asks a file may change. A test reaches nobody and a
// cancellation is for the desk, whatever a file says.
func kinds() []dispatch.Kind {
	return []dispatch.Kind{dispatch.SOS, dispatch.Fall, dispatch.Inactivity, dispatch.Service, dispatch.AreaStorm}
}

func (r *reading) plan(place string, t planTable, p dispatch.Plan) dispatch.Plan {
	p.Asks = maps.Clone(p.Asks)
	if p.Asks == nil {
		p.Asks = map[dispatch.Kind]dispatch.Ask{}
	}
	r.duration(place+".unseen", t.Unseen, &p.Unseen)
	r.number(place+".speed", t.Speed, &p.Speed)
	r.number(place+".detour", t.Detour, &p.Detour)
	r.duration(place+".fresh_for", t.FreshFor, &p.FreshFor)
	r.duration(place+".usable_for", t.UsableFor, &p.UsableFor)
	replace(r, place+".desk", t.Desk, &p.Desk, r.step)
	replace(r, place+".on_call", t.OnCall, &p.OnCall, r.onCall)
	r.waits(place+".waits", t.Waits, &p.Waits)
	r.gather(place+".gather", t.Gather, &p.Storm)
	for n, ask := range []askTable{t.SOS, t.Fall, t.Inactivity, t.Service, t.Storm} {
		if kind := kinds()[n]; !reflect.ValueOf(ask).IsZero() {
			p.Asks[kind] = r.ask(place+"."+string(kind), ask, p.Asks[kind])
		}
	}
	return p
}
