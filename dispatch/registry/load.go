package registry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"onekeyd/dispatch/phone"
	"onekeyd/geo"
)

// LoadOptions says how files are read.
type LoadOptions struct {
	// Known is what is already there, for references out of the files. Nil is an empty directory.
	Known *Snapshot
	// Region is the ISO 3166 country of phone numbers written without one; CN if empty.
	Region string
	// Now decides which years of birth are plausible.
	Now time.Time
	// MaxProblems bounds the list of problems of each file; 1,000 if zero. The rest is counted.
	MaxProblems int
	// Progress, if set, hears the bytes read of all files together. It is called by one goroutine at
	// a time, about once each 256 KiB; done never goes back.
	Progress func(done, total int64)
}

// Load reads the files of an import from dir: elders.csv, contacts.csv,
// devices.csv, responders.csv, providers.csv and areas.geojson, as many of them
// as are there.
// It gives either a batch or every problem found, never both and never neither.
// The error is for files that cannot be read at all.
//
// A record may refer to one in the files or in opts.Known. Whether the latter
// is still there is checked again by Import.
func Load(ctx context.Context, dir fs.FS, opts LoadOptions) (*Batch, []Problem, error) {
	if opts.Known == nil {
		opts.Known = emptySnapshot()
	}
	if opts.Region == "" {
		opts.Region = "CN"
	}
	if opts.MaxProblems <= 0 {
		opts.MaxProblems = 1000
	}
	l := &loading{dir: dir, opts: opts, batch: NewBatch()}
	if err := l.measure(); err != nil {
		return nil, nil, err
	}
	if len(l.present) == 0 {
		return nil, []Problem{{Why: "none of elders.csv, contacts.csv, devices.csv, responders.csv, providers.csv and areas.geojson is there"}}, nil
	}
	if err := l.read(ctx); err != nil {
		return nil, nil, err
	}
	var found problems
	found.limit = opts.MaxProblems * kindCount
	for kind := range l.found {
		byLine(l.found[kind].list)
		found.join(l.found[kind])
	}
	// Rows that were refused are in the batch all the same, at least by name, so
	// that what refers to them is not reported as well.
	refs := references{batch: l.batch, known: opts.Known, unread: l.unread, judged: true}
	danglingIn(l.batch, &found, refs)
	if !found.none() {
		byLine(found.list)
		return nil, found.all(), nil
	}
	l.batch.warned.limit = opts.MaxProblems * kindCount
	for _, warned := range l.warned {
		l.batch.warned.join(warned)
	}
	byLine(l.batch.warned.list)
	return l.batch, nil, nil
}

// loading is one call of Load.
type loading struct {
	dir     fs.FS
	opts    LoadOptions
	batch   *Batch
	present []Kind
	found   [kindCount]problems
	warned  [kindCount]problems
	unread  [kindCount]bool // files not read to their end: what refers to them may be right
	total   int64
	within  *extent
	areas   *geo.Areas

	telling sync.Mutex // guards done, and orders the calls of Progress
	done    int64
}

func (l *loading) measure() error {
	for _, kind := range Kinds() {
		l.found[kind].limit, l.warned[kind].limit = l.opts.MaxProblems, l.opts.MaxProblems
		info, err := fs.Stat(l.dir, kind.file())
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return fmt.Errorf("look for %s: %w", kind.file(), err)
		case info.IsDir():
			return fmt.Errorf("read %s: is a folder", kind.file())
		}
		l.total += info.Size()
		l.present = append(l.present, kind)
		l.batch.Hold(kind)
	}
	return nil
}

// read reads the areas, by which the coordinates of the rest are judged, and then the other files at the same time.
func (l *loading) read(ctx context.Context) error {
	known := l.opts.Known
	l.areas, l.within = known.areas, known.extent
	if l.batch.Holds(Areas) {
		if err := l.readAreas(); err != nil {
			return err
		}
	}
	var all errgroup.Group
	for _, kind := range l.present {
		if kind != Areas {
			all.Go(func() error { return l.readRows(ctx, kind) })
		}
	}
	return all.Wait()
}

func (l *loading) open(kind Kind) (io.ReadCloser, error) {
	f, err := l.dir.Open(kind.file())
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", kind.file(), err)
	}
	return &counted{ReadCloser: f, l: l}, nil
}

// counted tells progress as a file is read.
type counted struct {
	io.ReadCloser
	l       *loading
	pending int64
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.ReadCloser.Read(b)
	c.pending += int64(n)
	if c.pending >= 256<<10 || err != nil {
		c.l.tell(c.pending)
		c.pending = 0
	}
	return n, err
}

func (l *loading) tell(bytes int64) {
	l.telling.Lock()
	defer l.telling.Unlock()
	l.done += bytes
	if l.opts.Progress != nil {
		l.opts.Progress(l.done, l.total)
	}
}

func (l *loading) readRows(ctx context.Context, kind Kind) error {
	in, err := l.open(kind)
	if err != nil {
		return err
	}
	defer in.Close()
	found := &l.found[kind]
	columns := columnsOf(kind)
	f, ok, err := openCSV(kind.file(), in, columns, found)
	if err != nil {
		return fmt.Errorf("read %s: %w", kind.file(), err)
	}
	if !ok {
		l.unread[kind] = true
		return nil
	}
	bad := false
	p := &rowParser{phones: phone.New(l.opts.Region), now: l.opts.Now, within: l.within, locate: l.areas.Locate}
	p.report = func(column, why string) {
		bad = true
		f.add(f.line, column, why)
	}
	p.warn = func(column, why string) {
		l.warned[kind].add(Problem{File: f.name, Line: f.line, Column: column, Why: why})
	}
	into := l.batch.edits[kind]
	var r row
	for n := 0; ; n++ {
		if n%4096 == 0 && ctx.Err() != nil {
			return fmt.Errorf("read %s: %w", kind.file(), ctx.Err())
		}
		more, ok, err := f.next(&r)
		if err != nil {
			return fmt.Errorf("read %s: %w", kind.file(), err)
		}
		if !more {
			return nil
		}
		if !ok {
			nameOnly(into, kind, &r, f.line)
			continue
		}
		bad = false
		p.check(columns, &r)
		key := p.encode(kind, &r)
		if before, there := into.get(key.stored()); there && !bad {
			line, _ := cutLine(before)
			p.report(columns[0].name, fmt.Sprintf("%s is on line %d already", key, line))
		}
		// Kept even if bad, so that a second row of the same name is found; the batch is thrown away then.
		putAt(into, key, f.line, p.out.b)
	}
}

// nameOnly keeps the name of a row that was refused, for what refers to it and
// for a second row of the same name. Nothing refers to a contact.
func nameOnly(into *tableEdit, kind Kind, r *row, line int) {
	if r[0] == "" || kind == Contacts {
		return
	}
	key := Key{Kind: kind, ID: r[0]}
	if _, there := into.get(key.stored()); !there {
		putAt(into, key, line, nil)
	}
}

// encode parses a row into out.
func (p *rowParser) encode(kind Kind, r *row) Key {
	switch kind {
	case Elders:
		e := p.elder(r)
		p.out.elder(e)
		return ElderKey(e.ID)
	case Contacts:
		c := p.contact(r)
		p.out.contact(c)
		return ContactKey(c.Elder, c.Rank)
	case Devices:
		d := p.device(r)
		p.out.device(d)
		return DeviceKey(d.ID)
	case Providers:
		o := p.provider(r)
		p.out.responder(o)
		return ProviderKey(o.ID)
	default:
		o := p.responder(r)
		p.out.responder(o)
		return ResponderKey(o.ID)
	}
}
