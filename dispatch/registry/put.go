package registry

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cespare/xxhash/v2"

	"onekeyd/dispatch"
	"onekeyd/dispatch/phone"
	"onekeyd/geo"
)

// single is a change of one record: what is to be, and what the caller knew.
type single struct {
	key    Key
	record []byte // nil removes
	by     string
	at     time.Time
	// expect, if set, judges the record that is there (nil for none) at the moment of the change.
	expect func(old []byte) error
}

// PutElder adds or replaces an elder under the checks of an import. by is
// written to the log. Errors: *RefusedError, ErrConflict, ErrUnstored.
func (r *Registry) PutElder(ctx context.Context, e dispatch.Elder, by string) error {
	return r.putRow(ctx, Elders, elderRow(e), by)
}

// PutContact adds or replaces a contact; see PutElder.
func (r *Registry) PutContact(ctx context.Context, c dispatch.Contact, by string) error {
	return r.putRow(ctx, Contacts, contactRow(c), by)
}

// PutDevice adds or replaces a device; see PutElder.
func (r *Registry) PutDevice(ctx context.Context, d dispatch.Device, by string) error {
	return r.putRow(ctx, Devices, deviceRow(d), by)
}

// PutResponder adds or replaces a responder, or a provider; see PutElder.
func (r *Registry) PutResponder(ctx context.Context, o dispatch.Responder, by string) error {
	if o.Kind == dispatch.Provider {
		return r.putRow(ctx, Providers, providerRow(o), by)
	}
	return r.putRow(ctx, Responders, responderRow(o), by)
}

// PutArea adds or replaces an area; see PutElder.
func (r *Registry) PutArea(ctx context.Context, a geo.Area, by string) error {
	var found problems
	p := r.parser(&found, "CN", time.Now())
	form := areaForm{Code: a.Code, Name: a.Name, Level: string(a.Level), Parent: a.Parent}
	a = p.areaWith(form, a.Polygon)
	if !found.none() {
		return &RefusedError{found.all()}
	}
	p.out.area(a)
	return r.change(ctx, single{key: AreaKey(a.Code), record: p.out.b, by: by, at: p.now})
}

// Delete removes one record. Errors: ErrNotFound, ErrConflict, ErrUnstored, and
// *RefusedError with the names of those that still refer to it.
func (r *Registry) Delete(ctx context.Context, key Key, by string) error {
	return r.change(ctx, single{key: key, by: by, at: time.Now(), expect: mustExist})
}

func mustExist(old []byte) error {
	if old == nil {
		return ErrNotFound
	}
	return nil
}

func (r *Registry) putRow(ctx context.Context, kind Kind, fields row, by string) error {
	key, record, err := r.parseRow(kind, &fields, "CN", time.Now())
	if err != nil {
		return err
	}
	return r.change(ctx, single{key: key, record: record, by: by, at: time.Now()})
}

// parser judges one record against the newest snapshot.
func (r *Registry) parser(found *problems, region string, now time.Time) *rowParser {
	found.limit = 100
	s := r.Snapshot()
	return &rowParser{
		phones: phone.New(region), now: now, within: s.extent, locate: s.areas.Locate,
		report: func(column, why string) { found.add(Problem{Column: column, Why: why}) },
	}
}

func (r *Registry) parseRow(kind Kind, fields *row, region string, now time.Time) (Key, []byte, error) {
	var found problems
	p := r.parser(&found, region, now)
	p.check(columnsOf(kind), fields)
	key := p.encode(kind, fields)
	if !found.none() {
		return Key{}, nil, &RefusedError{found.all()}
	}
	return key, p.out.b, nil
}

// change makes one change, anew if another came first.
func (r *Registry) change(ctx context.Context, c single) error {
	r.writing.Lock()
	defer r.writing.Unlock()
	for n := range attempts {
		pause(ctx, time.Duration(n)*conflictPause)
		if err := r.catchUp(ctx, 0); err != nil {
			return fmt.Errorf("change %s: %w", c.key, err)
		}
		err := r.changeOnce(ctx, r.snap.Load(), c)
		if errors.Is(err, ErrConflict) {
			continue
		}
		if err != nil {
			return fmt.Errorf("change %s: %w", c.key, err)
		}
		if r.tooLong() {
			signal(r.compact)
		}
		return nil
	}
	return fmt.Errorf("change %s: %w", c.key, ErrConflict)
}

func (r *Registry) changeOnce(ctx context.Context, s *Snapshot, c single) error {
	old, there := s.tables[c.key.Kind].get(c.key.stored())
	if !there {
		old = nil
	}
	if c.expect != nil {
		if err := c.expect(old); err != nil {
			return err
		}
	}
	d := &difference{from: s, batch: NewBatch(), removed: map[Key]bool{}}
	if c.record == nil {
		d.removed[c.key] = true
	} else {
		d.batch.Hold(c.key.Kind)
		putAt(d.batch.edits[c.key.Kind], c.key, 0, c.record)
	}
	if err := d.check(); err != nil {
		return err
	}
	d.measure()
	if d.size == 0 {
		return nil // it is so already
	}
	return r.store(ctx, s, change{what: whatChange, by: c.by, at: c.at, ops: d.ops, size: d.size})
}

// tag names the content of a record, for ETag and If-Match.
func tag(record []byte) string { return fmt.Sprintf("\"%016x\"", xxhash.Sum64(record)) }
