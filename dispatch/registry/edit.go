package registry

import (
	"encoding/binary"
	"slices"

	"onekeyd/dispatch"
	"onekeyd/geo"
)

// edit makes the next snapshot out of one. Only what changes is copied, so one
// record in a million costs tens of microseconds, and readers of the old
// snapshot notice nothing.
type edit struct {
	from    *Snapshot
	tables  [kindCount]*tableEdit
	phones  *tableEdit
	scratch []byte

	changed map[dispatch.ResponderID]bool // nil once there are too many to name
	served  map[string]map[string]bool    // area code → responder → serves it now
	areas   bool
}

// namedMost is how many changed responders are named one by one.
const namedMost = 10_000

func (s *Snapshot) edit() *edit {
	e := &edit{
		from: s, phones: s.phones.edit(), scratch: make([]byte, 0, 128),
		changed: map[dispatch.ResponderID]bool{}, served: map[string]map[string]bool{},
	}
	for kind, t := range s.tables {
		e.tables[kind] = t.edit()
	}
	return e
}

func (e *edit) put(kind Kind, stored, record []byte) {
	old, _ := e.tables[kind].get(stored)
	e.note(kind, stored, old, record)
	e.tables[kind].put(stored, record)
}

func (e *edit) delete(kind Kind, stored []byte) {
	old, ok := e.tables[kind].get(stored)
	if !ok {
		return
	}
	e.note(kind, stored, old, nil)
	e.tables[kind].delete(stored)
}

// note keeps what is derived from the records in step.
func (e *edit) note(kind Kind, stored, old, now []byte) {
	if kind == Areas {
		e.areas = true
		return
	}
	e.movePhone(kind, stored, old, now)
	if kind != Responders && kind != Providers {
		return
	}
	id := string(stored)
	if e.changed != nil {
		e.changed[dispatch.ResponderID(id)] = true
		if len(e.changed) > namedMost {
			e.changed = nil
		}
	}
	if old != nil {
		r := readRecord(old)
		e.serve(id, r.responder(id).Areas, false)
	}
	if now != nil {
		r := readRecord(now)
		e.serve(id, r.responder(id).Areas, true)
	}
}

func (e *edit) serve(responder string, codes []string, serves bool) {
	for _, code := range codes {
		who := e.served[code]
		if who == nil {
			who = map[string]bool{}
			e.served[code] = who
		}
		who[responder] = serves
	}
}

// seal gives the next snapshot. Errors are areas that geo does not accept; the
// snapshot then answers with the hierarchy of the one before. Nothing gets into
// the log that has such areas, unless geo has become stricter since.
func (e *edit) seal(version, seq uint64) (*Snapshot, []error) {
	s := &Snapshot{version: version, seq: seq, areas: e.from.areas, extent: e.from.extent}
	for kind, t := range e.tables {
		s.tables[kind] = t.seal()
	}
	s.phones = e.phones.seal()
	s.serving = e.sealServing()
	if !e.areas {
		return s, nil
	}
	list := areasIn(s.tables[Areas])
	areas, errs := geo.NewAreas(list)
	if len(errs) == 0 {
		s.areas, s.extent = areas, extentOf(list)
	}
	return s, errs
}

func (e *edit) sealServing() *table {
	if len(e.served) == 0 {
		return e.from.serving
	}
	serving := e.from.serving.edit()
	for code, moved := range e.served {
		var ids []string
		if v, ok := e.from.serving.get([]byte(code)); ok {
			for _, id := range servingList(v) {
				if _, is := moved[string(id)]; !is {
					ids = append(ids, string(id))
				}
			}
		}
		for id, serves := range moved {
			if serves {
				ids = append(ids, id)
			}
		}
		if len(ids) == 0 {
			serving.delete([]byte(code))
			continue
		}
		slices.Sort(ids)
		value := binary.AppendUvarint(nil, uint64(len(ids)))
		for _, id := range ids {
			value = binary.AppendUvarint(value, uint64(len(id)))
			value = append(value, id...)
		}
		serving.put([]byte(code), value)
	}
	return serving.seal()
}

func servingList(value []byte) []dispatch.ResponderID {
	r := reader{s: string(value)}
	list := make([]dispatch.ResponderID, r.number())
	for i := range list {
		list[i] = dispatch.ResponderID(r.text())
	}
	return list
}

// responders names those that changed; nil is all of them.
func (e *edit) responders() []dispatch.ResponderID {
	if e.changed == nil {
		return nil
	}
	list := make([]dispatch.ResponderID, 0, len(e.changed))
	for id := range e.changed {
		list = append(list, id)
	}
	slices.Sort(list)
	return list
}
