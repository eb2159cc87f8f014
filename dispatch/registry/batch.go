package registry

import (
	"encoding/binary"
	"fmt"
	"iter"

	"onekeyd/dispatch"
)

// Batch is what an import wants to be there: every record of the kinds it
// holds. A kind it does not hold is left alone; one it holds but that is empty
// is a file without rows. Records are encoded, so a batch is as compact as a
// snapshot. For one goroutine.
type Batch struct {
	edits  [kindCount]*tableEdit
	tables [kindCount]*table // after seal
	out    writer
	warned problems // of Load
}

// Warnings are what Load took although it looks wrong, such as a telephone
// number in no range known as assigned. At most LoadOptions.MaxProblems of each
// file are listed, and a last one counts the rest.
func (b *Batch) Warnings() []Problem { return b.warned.all() }

// NewBatch gives an empty batch, to be filled by the Add methods. They check
// only identifiers; Import checks what the records refer to.
func NewBatch() *Batch { return &Batch{} }

// Holds says whether the batch speaks of this kind.
func (b *Batch) Holds(kind Kind) bool { return b.edits[kind] != nil || b.tables[kind] != nil }

// Hold makes the batch speak of a kind even if no record is added.
func (b *Batch) Hold(kind Kind) {
	if b.edits[kind] == nil {
		b.edits[kind] = b.table(kind).edit()
		b.tables[kind] = nil
	}
}

// Count gives the number of records of a kind.
func (b *Batch) Count(kind Kind) int { return b.table(kind).count }

// AddElder adds or replaces an elder.
func (b *Batch) AddElder(e dispatch.Elder) error {
	b.out.elder(e)
	return b.add(ElderKey(e.ID))
}

// AddContact adds or replaces a contact.
func (b *Batch) AddContact(c dispatch.Contact) error {
	if c.Rank < 1 || c.Rank > maxRank {
		return fmt.Errorf("add contact of elder %s: rank %d is not 1 to %d", c.Elder, c.Rank, maxRank)
	}
	b.out.contact(c)
	return b.add(ContactKey(c.Elder, c.Rank))
}

// AddDevice adds or replaces a device.
func (b *Batch) AddDevice(d dispatch.Device) error {
	b.out.device(d)
	return b.add(DeviceKey(d.ID))
}

// AddResponder adds or replaces a responder, or a provider.
func (b *Batch) AddResponder(r dispatch.Responder) error {
	b.out.responder(r)
	return b.add(keyFor(r))
}

func (b *Batch) add(key Key) error {
	if err := dispatch.CheckID(key.ID); err != nil {
		return fmt.Errorf("add %s: its identifier %w", key, err)
	}
	b.Hold(key.Kind)
	putAt(b.edits[key.Kind], key, 0, b.out.b)
	return nil
}

// A batch's values begin with the line they were read from, for references
// that turn out to dangle.
func putAt(e *tableEdit, key Key, line int, record []byte) {
	value := binary.AppendUvarint(make([]byte, 0, len(record)+4), uint64(line))
	e.put(key.stored(), append(value, record...))
}

func cutLine(value []byte) (line int, record []byte) {
	n, size := binary.Uvarint(value)
	return int(n), value[size:]
}

// table seals a kind and gives its records; empty if the batch does not hold it.
func (b *Batch) table(kind Kind) *table {
	if e := b.edits[kind]; e != nil {
		b.tables[kind], b.edits[kind] = e.seal(), nil
	}
	if t := b.tables[kind]; t != nil {
		return t
	}
	return newTable(groupingOf(kind))
}

// records yields the key, line and encoded record of a kind.
func (b *Batch) records(kind Kind) iter.Seq2[[]byte, lined] {
	return func(yield func([]byte, lined) bool) {
		for k, v := range b.table(kind).all() {
			line, record := cutLine(v)
			if !yield(k, lined{line, record}) {
				return
			}
		}
	}
}

type lined struct {
	line   int
	record []byte
}

func (b *Batch) has(key Key) bool {
	return b.Holds(key.Kind) && b.table(key.Kind).has(key.stored())
}

func groupingOf(kind Kind) grouping {
	if kind == Contacts {
		return untilHash
	}
	return wholeKey
}

// Elders yields every elder of the batch, in no order that means anything.
func (b *Batch) Elders() iter.Seq[dispatch.Elder] {
	return func(yield func(dispatch.Elder) bool) {
		for k, v := range b.records(Elders) {
			in := readRecord(v.record)
			if !yield(in.elder(string(k))) {
				return
			}
		}
	}
}

// Responders yields every responder of the batch, the providers last, otherwise in no order that means anything.
func (b *Batch) Responders() iter.Seq[dispatch.Responder] {
	return func(yield func(dispatch.Responder) bool) {
		for _, kind := range []Kind{Responders, Providers} {
			for k, v := range b.records(kind) {
				in := readRecord(v.record)
				if !yield(in.responder(string(k))) {
					return
				}
			}
		}
	}
}
