package registry

import (
	"fmt"

	"onekeyd/dispatch"
)

// references answers whether what a record refers to will be there: in the
// batch, or already known and not about to be removed.
type references struct {
	batch   *Batch
	known   *Snapshot
	removed map[Key]bool
	unread  [kindCount]bool // kinds whose files could not be read to their end
	judged  bool            // what is no identifier was reported already
}

func (r references) has(key Key) bool {
	return r.unread[key.Kind] || r.batch.has(key) || r.known.has(key) && !r.removed[key]
}

// taken says whether another record has the name already. One that is about to
// be removed counts: which of the two a reader of the log would keep depends on the order.
func (r references) taken(key Key) bool { return r.batch.has(key) || r.known.has(key) }

func (r references) reported(id string) bool { return r.judged && dispatch.CheckID(id) != nil }

// check reports what the record refers to and is not there. Areas are checked
// all together by hierarchy.
func (r references) check(key Key, record []byte, report func(column, why string)) {
	in := readRecord(record)
	area := func(column, code string) {
		if code != "" && !r.has(AreaKey(code)) && !r.reported(code) {
			report(column, fmt.Sprintf("area %q is neither in the files nor in the directory", code))
		}
	}
	elder := func(id dispatch.ElderID) {
		if id != "" && !r.has(ElderKey(id)) && !r.reported(string(id)) {
			report("elder_id", fmt.Sprintf("elder %q is neither in the files nor in the directory", id))
		}
	}
	switch key.Kind {
	case Elders:
		area("area", in.elder(key.ID).Premises.Area)
	case Contacts:
		elder(dispatch.ElderID(key.ID))
	case Devices:
		elder(in.device(key.ID).Elder)
	case Responders, Providers:
		other := Key{Kind: Responders + Providers - key.Kind, ID: key.ID}
		if r.taken(other) {
			report("id", fmt.Sprintf("%s has this identifier; responders and providers share theirs", other))
		}
		for _, code := range in.responder(key.ID).Areas {
			area("areas", code)
		}
	}
}

// danglingIn checks every record of a batch.
func danglingIn(b *Batch, found *problems, refs references) {
	for _, kind := range Kinds() {
		if !b.Holds(kind) {
			continue
		}
		for k, v := range b.records(kind) {
			key := keyOf(kind, k)
			refs.check(key, v.record, func(column, why string) {
				p := Problem{Column: column, Why: why}
				if v.line > 0 {
					p.File, p.Line = kind.file(), v.line
				} else {
					p.File = key.String()
				}
				found.add(p)
			})
		}
	}
}

// danglingAfter looks through everything known for records that a removal would leave dangling.
func danglingAfter(found *problems, refs references) {
	var elders, areas bool
	for key := range refs.removed {
		elders = elders || key.Kind == Elders
		areas = areas || key.Kind == Areas
	}
	for _, kind := range Kinds() {
		concerned := areas && (kind == Elders || kind == Responders || kind == Providers) ||
			elders && (kind == Contacts || kind == Devices)
		if !concerned {
			continue
		}
		for k, v := range refs.known.tables[kind].all() {
			key := keyOf(kind, k)
			if refs.removed[key] || refs.batch.has(key) {
				continue // going itself, or checked with the batch
			}
			refs.check(key, v, func(column, why string) {
				found.add(Problem{File: key.String(), Column: column, Why: "refers to what would be removed: " + why})
			})
		}
	}
}
