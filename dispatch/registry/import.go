package registry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"
)

// Options says what an import may do.
type Options struct {
	// Prune removes records that are in the directory but not in the files of their kind.
	Prune bool
	// DryRun changes nothing and gives the report all the same.
	DryRun bool
	// By is who asked for it, for the log.
	By string
	// Now is written to the log; the time of the call if zero.
	Now time.Time
}

// namedInReport bounds how many records a report names of each sort.
const namedInReport = 100

// Report is what an import did, or would do.
type Report struct {
	DryRun  bool         `json:"dry_run,omitempty"`
	Version uint64       `json:"version"` // of the directory afterwards
	Kinds   []KindReport `json:"kinds"`
	// Warnings are those of the batch: what was taken and looks wrong. The list
	// is the same if the same files are imported again.
	Warnings []Problem `json:"warnings,omitempty"`
}

// KindReport counts the records of one kind.
type KindReport struct {
	Kind      string `json:"kind"`
	Added     int    `json:"added"`
	Updated   int    `json:"updated"`
	Unchanged int    `json:"unchanged"`
	// Missing are in the directory but not in the file: removed with Prune, kept without.
	Missing int `json:"missing"`
	Removed int `json:"removed"`
	// MissingKeys names the first hundred of them.
	MissingKeys []Key `json:"missing_keys,omitempty"`
}

// Changes is the number of records that became different.
func (r Report) Changes() int {
	n := 0
	for _, k := range r.Kinds {
		n += k.Added + k.Updated + k.Removed
	}
	return n
}

// attempts is how often a change is made anew after someone else's came first.
const attempts = 5

// conflictPause grows with each attempt: a replica that lags may need it to show what came first.
const conflictPause = 20 * time.Millisecond

// Import makes the directory what the batch wants, all of it or nothing. What
// is stored is the difference, so importing the same files again stores
// nothing. A *RefusedError means that records refer to what is not there, or
// that a removal would leave others dangling.
//
// Imports on several nodes at once: one comes first, the others are checked
// again against its result. ErrConflict only if that happens again and again.
func (r *Registry) Import(ctx context.Context, b *Batch, o Options) (Report, error) {
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	r.writing.Lock()
	report, err := r.importLocked(ctx, b, o)
	r.writing.Unlock()
	if err != nil {
		return Report{}, fmt.Errorf("import: %w", err)
	}
	if !o.DryRun && r.tooLong() {
		// The import command ends after this, so nobody else would do it.
		if err := r.Compact(ctx); err != nil {
			r.log.Warn("directory log stays long", "err", err)
		}
	}
	return report, nil
}

func (r *Registry) importLocked(ctx context.Context, b *Batch, o Options) (Report, error) {
	for n := range attempts {
		pause(ctx, time.Duration(n)*conflictPause)
		if err := r.catchUp(ctx, 0); err != nil {
			return Report{}, err
		}
		s := r.snap.Load()
		d := compare(s, b, o.Prune)
		d.report.DryRun, d.report.Version = o.DryRun, s.version
		if err := d.check(); err != nil {
			return Report{}, err
		}
		if o.DryRun || d.size == 0 {
			return d.report, nil
		}
		err := r.store(ctx, s, change{what: whatImport, by: o.By, at: o.Now, ops: d.ops, size: d.size})
		if errors.Is(err, ErrConflict) {
			continue
		}
		if err != nil {
			return Report{}, err
		}
		d.report.Version = s.version + 1
		return d.report, nil
	}
	return Report{}, ErrConflict
}

// difference is a batch against a snapshot.
type difference struct {
	from    *Snapshot
	batch   *Batch
	prune   bool
	removed map[Key]bool
	report  Report
	size    int // bytes of the operations
}

func compare(s *Snapshot, b *Batch, prune bool) *difference {
	d := &difference{from: s, batch: b, prune: prune, removed: map[Key]bool{}}
	d.report.Kinds = []KindReport{}
	d.report.Warnings = b.Warnings()
	for _, kind := range Kinds() {
		if b.Holds(kind) {
			d.report.Kinds = append(d.report.Kinds, d.compareKind(kind))
		}
	}
	d.measure()
	return d
}

func (d *difference) measure() {
	d.size = 0
	for op := range d.ops {
		d.size += len(op)
	}
}

func (d *difference) compareKind(kind Kind) KindReport {
	k := KindReport{Kind: kind.String()}
	there := d.from.tables[kind]
	for key, v := range d.batch.records(kind) {
		old, ok := there.get(key)
		switch {
		case !ok:
			k.Added++
		case bytes.Equal(old, v.record):
			k.Unchanged++
		default:
			k.Updated++
		}
	}
	k.Missing = there.count - k.Updated - k.Unchanged
	if k.Missing == 0 {
		return k
	}
	wanted := d.batch.table(kind)
	for stored := range there.all() {
		if wanted.has(stored) {
			continue
		}
		key := keyOf(kind, stored)
		if len(k.MissingKeys) < namedInReport {
			k.MissingKeys = append(k.MissingKeys, key)
		}
		if d.prune {
			d.removed[key] = true
			k.Removed++
		}
	}
	return k
}

// ops yields the operations that make the difference.
func (d *difference) ops(yield func([]byte) bool) {
	var op []byte
	for _, kind := range Kinds() {
		if !d.batch.Holds(kind) {
			continue
		}
		for key, v := range d.batch.records(kind) {
			if old, ok := d.from.tables[kind].get(key); ok && bytes.Equal(old, v.record) {
				continue
			}
			if op = appendPut(op[:0], kind, key, v.record); !yield(op) {
				return
			}
		}
	}
	for key := range d.removed {
		if op = appendRemoval(op[:0], key.Kind, key.stored()); !yield(op) {
			return
		}
	}
}

// check refuses a difference after which a reference would dangle.
func (d *difference) check() error {
	found := problems{limit: 1000}
	refs := references{batch: d.batch, known: d.from, removed: d.removed}
	danglingIn(d.batch, &found, refs)
	if len(d.removed) > 0 {
		danglingAfter(&found, refs)
	}
	if d.touchesAreas() {
		hierarchy(areasAfter(d.from, d.batch, d.removed), func(code, field, why string) {
			found.add(Problem{File: AreaKey(code).String(), Column: field, Why: why})
		})
	}
	if found.none() {
		return nil
	}
	return &RefusedError{Problems: found.all()}
}

func (d *difference) touchesAreas() bool {
	if d.batch.Holds(Areas) {
		return true
	}
	for key := range d.removed {
		if key.Kind == Areas {
			return true
		}
	}
	return false
}
