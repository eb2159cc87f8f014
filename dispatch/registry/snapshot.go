package registry

import (
	"iter"
	"slices"

	"onekeyd/dispatch"
	"onekeyd/geo"
)

// Snapshot is the directory at one version. It is immutable: any number of
// goroutines may read it, none ever waits, and what it gives is the caller's.
// A look-up decodes one record and allocates little more than its text.
type Snapshot struct {
	version uint64
	seq     uint64 // of the commit in the log
	tables  [kindCount]*table
	phones  *table // number and key → nothing, grouped by number
	serving *table // area code → identifiers of responders in order
	areas   *geo.Areas
	extent  *extent
}

var _ dispatch.Directory = (*Snapshot)(nil)

func emptySnapshot() *Snapshot {
	s := &Snapshot{phones: newTable(byNumber), serving: newTable(wholeKey)}
	for _, kind := range Kinds() {
		s.tables[kind] = newTable(groupingOf(kind))
	}
	s.areas, _ = geo.NewAreas(nil)
	return s
}

// Version is the number of changes made so far.
func (s *Snapshot) Version() uint64 { return s.version }

// Areas is the hierarchy of the centre.
func (s *Snapshot) Areas() *geo.Areas { return s.areas }

// Device finds a key.
func (s *Snapshot) Device(id dispatch.DeviceID) (dispatch.Device, bool) {
	r, ok := s.read(DeviceKey(id))
	if !ok {
		return dispatch.Device{}, false
	}
	return r.device(string(id)), true
}

// Elder finds an elder.
func (s *Snapshot) Elder(id dispatch.ElderID) (dispatch.Elder, bool) {
	r, ok := s.read(ElderKey(id))
	if !ok {
		return dispatch.Elder{}, false
	}
	return r.elder(string(id)), true
}

// Responder finds a responder, who may be a provider.
func (s *Snapshot) Responder(id dispatch.ResponderID) (dispatch.Responder, bool) {
	r, ok := s.read(ResponderKey(id))
	if !ok {
		r, ok = s.read(ProviderKey(id))
	}
	if !ok {
		return dispatch.Responder{}, false
	}
	return r.responder(string(id)), true
}

// Contacts of an elder in order of rank.
func (s *Snapshot) Contacts(id dispatch.ElderID) []dispatch.Contact {
	var list []dispatch.Contact
	for k, v := range s.tables[Contacts].inGroup([]byte(id)) {
		r := readRecord(v)
		list = append(list, r.contact(keyOf(Contacts, k)))
	}
	slices.SortFunc(list, func(a, b dispatch.Contact) int { return a.Rank - b.Rank })
	return list
}

// Contact finds one contact of an elder.
func (s *Snapshot) Contact(id dispatch.ElderID, rank int) (dispatch.Contact, bool) {
	key := ContactKey(id, rank)
	r, ok := s.read(key)
	if !ok {
		return dispatch.Contact{}, false
	}
	return r.contact(key), true
}

// Area finds an area as it was imported, polygon included.
func (s *Snapshot) Area(code string) (geo.Area, bool) {
	r, ok := s.read(AreaKey(code))
	if !ok {
		return geo.Area{}, false
	}
	return r.area(code), true
}

// Serving lists the responders whose areas name this code, in order of id.
func (s *Snapshot) Serving(areaCode string) []dispatch.ResponderID {
	v, ok := s.serving.get([]byte(areaCode))
	if !ok {
		return nil
	}
	return servingList(v)
}

func (s *Snapshot) read(key Key) (reader, bool) {
	v, ok := s.tables[key.Kind].get(key.stored())
	if !ok {
		return reader{}, false
	}
	return readRecord(v), true
}

func (s *Snapshot) has(key Key) bool { return s.tables[key.Kind].has(key.stored()) }

// Count gives the number of records of a kind.
func (s *Snapshot) Count(kind Kind) int { return s.tables[kind].count }

// Elders yields every elder, in no order that means anything.
func (s *Snapshot) Elders() iter.Seq[dispatch.Elder] {
	return func(yield func(dispatch.Elder) bool) {
		for k, v := range s.tables[Elders].all() {
			r := readRecord(v)
			if !yield(r.elder(string(k))) {
				return
			}
		}
	}
}

// Responders yields every responder, the providers last, otherwise in no order that means anything.
func (s *Snapshot) Responders() iter.Seq[dispatch.Responder] {
	return func(yield func(dispatch.Responder) bool) {
		for _, kind := range []Kind{Responders, Providers} {
			for k, v := range s.tables[kind].all() {
				r := readRecord(v)
				if !yield(r.responder(string(k))) {
					return
				}
			}
		}
	}
}

// Devices yields every device, in no order that means anything.
func (s *Snapshot) Devices() iter.Seq[dispatch.Device] {
	return func(yield func(dispatch.Device) bool) {
		for k, v := range s.tables[Devices].all() {
			r := readRecord(v)
			if !yield(r.device(string(k))) {
				return
			}
		}
	}
}

// bytes is the live data, as a base in the log would hold it.
func (s *Snapshot) bytes() int {
	n := 0
	for _, t := range s.tables {
		n += t.size
	}
	return n
}
