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

func (r *reading) ask(place string, t askTable, a dispatch.Ask) dispatch.Ask {
	replace(r, place+".shares", t.Shares, &a.Shares, r.share)
	r.count(place+".enough", t.Enough, &a.Enough, 1)
	r.duration(place+".offer_for", t.OfferFor, &a.OfferFor)
	r.yes(place+".family", t.Family, &a.Family)
	r.durationOrNone(place+".arrive", t.Arrive, &a.Arrive)
	r.durationOrNone(place+".remind", t.Remind, &a.Remind)
	replace(r, place+".tiers", t.Tiers, &a.Tiers, r.tier)
	return a
}

// replace takes a list if it is there and every entry of it is in order. One
// that is not leaves the old list, so that the plan's own check does not
// complain of what is only half read.
func replace[T, V any](r *reading, place string, list []T, into *[]V, read func(place string, t T) V) {
	if list == nil {
		return
	}
	before := len(r.wrong)
	var all []V
	for n, t := range list {
		all = append(all, read(fmt.Sprintf("%s[%d]", place, n+1), t))
	}
	if len(r.wrong) == before {
		*into = all
	}
}

func (r *reading) share(place string, t shareTable) dispatch.Share {
	s := dispatch.Share{Count: 1, Words: r.text(place+".words", t.Words, "")}
	if s.Words != "" && !slices.Contains(Words(), s.Words) {
		r.bad(place+".words", "is %q; %s is expected", s.Words, strings.Join(Words(), " or "))
	}
	for _, k := range r.list(place+".kinds", t.Kinds) {
		kind := dispatch.ResponderKind(k)
		if !slices.Contains(dispatch.ResponderKinds(), kind) {
			r.bad(place+".kinds", "%q is none; %s are", k, joined(dispatch.ResponderKinds(), ", ", " and "))
		}
		s.Kinds = append(s.Kinds, kind)
	}
	if t.Kinds == nil {
		r.bad(place, "kinds is missing: who is asked")
	}
	r.count(place+".count", t.Count, &s.Count, 1)
	r.yes(place+".stays", t.Stays, &s.Stays)
	return s
}

// Words are the kinds of text by which a share can be asked; the table of texts
// has all of them.
func Words() []string {
	return []string{"responder_alert", "responder_alert_min", "service_order", "storm"}
}

func (r *reading) tier(place string, t tierTable) dispatch.Tier {
	var tier dispatch.Tier
	r.needed(place, "after", t.After)
	r.duration(place+".after", t.After, &tier.After)
	replace(r, place+".shares", t.Shares, &tier.Shares, r.share)
	for _, s := range r.list(place+".call", t.Call) {
		tier.Call = append(tier.Call, r.role(place+".call", s))
	}
	r.yes(place+".family", t.Family, &tier.Family)
	r.durationOrNone(place+".every", t.Every, &tier.Every)
	return tier
}

func (r *reading) step(place string, t deskTable) dispatch.DeskStep {
	var s dispatch.DeskStep
	r.needed(place, "after", t.After)
	r.duration(place+".after", t.After, &s.After)
	r.needed(place, "do", t.Do)
	s.Deed = dispatch.DeskDeed(r.text(place+".do", t.Do, ""))
	if t.Do != nil && !slices.Contains(deeds(), s.Deed) {
		r.bad(place+".do", "is %q; %s is expected", s.Deed, joined(deeds(), ", ", " or "))
	}
	return s
}

func deeds() []dispatch.DeskDeed {
	return []dispatch.DeskDeed{dispatch.RingAll, dispatch.Louder, dispatch.Supervisor, dispatch.NextCentre}
}

func (r *reading) waits(place string, t waitsTable, w *dispatch.Waits) {
	r.duration(place+".sent", t.Sent, &w.Sent)
	r.duration(place+".delivered", t.Delivered, &w.Delivered)
	r.duration(place+".answer", t.Answer, &w.Answer)
	r.count(place+".calls", t.Calls, &w.Calls, 0)
	r.duration(place+".move", t.Move, &w.Move)
	r.duration(place+".arrive", t.Arrive, &w.Arrive)
	r.number(place+".arrive_eta", t.ArriveETA, &w.ArriveETA)
	r.duration(place+".remind", t.Remind, &w.Remind)
	r.duration(place+".close", t.Close, &w.Close)
}

func (r *reading) gather(place string, t gatherTable, s *dispatch.Storm) {
	r.count(place+".devices", t.Devices, &s.Devices, 2)
	r.number(place+".share", t.Share, &s.Share)
	r.count(place+".least", t.Least, &s.Least, 2)
	r.duration(place+".within", t.Within, &s.Within)
	r.duration(place+".calm", t.Calm, &s.Calm)
}

func (r *reading) onCall(place string, t onCallTable) dispatch.OnCall {
	o := dispatch.OnCall{Name: r.text(place+".name", t.Name, ""), Language: r.text(place+".language", t.Language, "")}
	r.needed(place, "role", t.Role)
	if t.Role != nil {
		o.Role = r.role(place+".role", r.text(place+".role", t.Role, ""))
	}
	r.needed(place, "phone", t.Phone)
	if number := r.text(place+".phone", t.Phone, ""); number != "" {
		e164, _, err := r.phones.E164(number)
		if err != nil {
			r.bad(place+".phone", "%w", err)
		}
		o.Phone = e164
	}
	if !slices.Contains([]string{"", "zh", "en"}, o.Language) {
		r.bad(place+".language", "is %q; zh or en is expected", o.Language)
	}
	if hours := r.text(place+".hours", t.Hours, ""); hours != "" {
		from, to, err := parseHours(hours)
		if err != nil {
			r.bad(place+".hours", "%w", err)
		}
		o.From, o.To = from, to
	}
	return o
}

func (r *reading) role(place, s string) dispatch.AlertRole {
	role := dispatch.AlertRole(s)
	if !slices.Contains(roles(), role) {
		r.bad(place, "is %q; %s is expected", s, joined(roles(), ", ", " or "))
	}
	return role
}

func roles() []dispatch.AlertRole {
	return []dispatch.AlertRole{dispatch.RoleSupervisor, dispatch.RoleCentre, dispatch.RoleEngineer}
}
