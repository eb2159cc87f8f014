package registry

import (
	"bufio"
	"context"
	"io"
	"time"

	"onekeyd/dispatch"
	"onekeyd/geo"
)

// StopBeforeCommit does what Import does for a large batch, and stops after the last chunk.
func (r *Registry) StopBeforeCommit(ctx context.Context, b *Batch) error {
	d := compare(r.Snapshot(), b, false)
	var c commit
	c.ID = "stopped"
	return r.storeChunks(ctx, &c, change{what: whatImport, ops: d.ops, size: d.size})
}

// Tidy is what Run does first, at another time.
func (r *Registry) Tidy(ctx context.Context, now time.Time) error { return r.tidy(ctx, now) }

// Encoded are the bytes of records, operations and a commit as they are stored.
func Encoded(a geo.Area, e dispatch.Elder, c dispatch.Contact, d dispatch.Device, o dispatch.Responder) map[string][]byte {
	var w writer
	all := map[string][]byte{}
	add := func(key Key) {
		record := append([]byte(nil), w.b...)
		all[key.Kind.String()] = record
		all["put "+key.Kind.String()] = appendPut(nil, key.Kind, key.stored(), record)
		all["remove "+key.Kind.String()] = appendRemoval(nil, key.Kind, key.stored())
	}
	w.area(a)
	add(AreaKey(a.Code))
	w.elder(e)
	add(ElderKey(e.ID))
	w.contact(c)
	add(ContactKey(c.Elder, c.Rank))
	w.device(d)
	add(DeviceKey(d.ID))
	w.responder(o)
	add(keyFor(o))
	return all
}

// Replay applies operations to an empty directory.
func Replay(ops ...[]byte) (*Snapshot, error) {
	e := emptySnapshot().edit()
	for _, b := range ops {
		if err := applyOps(e, b); err != nil {
			return nil, err
		}
	}
	s, _ := e.seal(1, 1)
	return s, nil
}

// Unpack reads a stored chunk.
func Unpack(chunk []byte) ([]byte, error) {
	u, err := newUnpacker()
	if err != nil {
		return nil, err
	}
	return u.unpack(nil, chunk)
}

// Pack makes a chunk.
func Pack(ops []byte) []byte {
	p, err := newPacker()
	if err != nil {
		panic(err)
	}
	return p.pack(ops)
}

// DecodeCommit gives version, kind of change and operations of a stored commit.
func DecodeCommit(data []byte) (version uint64, what string, ops []byte, err error) {
	c, err := decodeCommit(data)
	return c.Version, c.What, c.Ops, err
}

// Degrees writes a coordinate as an export does.
func Degrees(d float64) string { return degreesText(d) }

// CSVRecords reads the records of a text as an import does.
func CSVRecords(in io.Reader) func() (line int, fields []string, fault string, err error) {
	text := newCSVText(bufio.NewReaderSize(in, maxRecord))
	return func() (int, []string, string, error) {
		r, err := text.read()
		return r.line, r.fields, r.fault, err
	}
}
