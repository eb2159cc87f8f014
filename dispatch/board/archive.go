package board

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"onekeyd/dispatch"
)

// archiveAfter lets consoles and slower nodes see the closing fact before the
// case is purged; each rank waits another while, so that usually one node does it.
const archiveAfter = 3 * time.Second

// lastWords is how long an incident waits for the messages that tell how it
// ended: no longer than a carrier is given for them.
const lastWords = 10 * time.Minute

// document is one closed incident, whole, as the archive keeps it for ever.
type document struct {
	V        int                 `json:"v"`
	Incident dispatch.IncidentID `json:"incident"`
	Case     dispatch.CaseID     `json:"case"`
	ClosedAt time.Time           `json:"closed_at"`
	Records  []archived          `json:"records"`
}

type archived struct {
	Seq      uint64          `json:"seq"`
	StoredAt time.Time       `json:"stored_at"`
	Entry    json.RawMessage `json:"entry"`
}

// archive moves closed incidents out of the journal, so that a start replays
// only what is open. Whatever fails is tried again: the case stays until then.
func (b *Board) archive(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			b.archiveAll(ctx, now)
			b.forget(now)
		}
	}
}

// archiveAll archives what is due, the oldest of each case first: purging a case
// up to one closing fact takes everything before it along.
func (b *Board) archiveAll(ctx context.Context, now time.Time) {
	failed := map[dispatch.CaseID]bool{}
	for _, inc := range b.due(now) {
		if failed[inc.Case] {
			continue
		}
		err := b.archiveOne(ctx, inc)
		switch {
		case errors.Is(err, errUnreadable):
			failed[inc.Case] = true
			if !b.stuck[inc.ID] { // once a run: a newer build will read it
				b.stuck[inc.ID] = true
				b.log.Error("a closed incident stays in the journal", "incident", inc.ID, "err", err)
			}
		case err != nil:
			failed[inc.Case] = true
			if ctx.Err() == nil {
				b.log.Warn("a closed incident waits for the archive", "incident", inc.ID, "err", err)
			}
		}
	}
}

// errUnreadable: something stands before the closing fact that this build cannot
// read. No document would hold it, so nothing up to there may be purged.
var errUnreadable = errors.New("a record of its case cannot be read")

func (b *Board) due(now time.Time) []*dispatch.Incident {
	b.mu.RLock()
	defer b.mu.RUnlock()
	var out []*dispatch.Incident
	for _, inc := range b.ended {
		since := now.Sub(inc.Ended.At)
		if inc.Canary() && since < dispatch.CanaryLife {
			continue // its receipts are waited for
		}
		if since > archiveAfter*time.Duration(1+b.journal.Rank(inc.Case)) && (!inc.Unsettled() || since > lastWords) {
			out = append(out, inc)
		}
	}
	slices.SortFunc(out, func(x, y *dispatch.Incident) int { return cmp.Compare(x.Seq, y.Seq) })
	return out
}

func (b *Board) archiveOne(ctx context.Context, inc *dispatch.Incident) error {
	if inc.Canary() {
		if err := b.journal.Forget(ctx, inc.Case); err != nil {
			return fmt.Errorf("forget canary %s: %w", inc.ID, err)
		}
		b.drop(inc)
		return nil
	}
	records, err := b.journal.CaseRecords(ctx, inc.Case)
	if err != nil {
		return fmt.Errorf("read the facts of incident %s: %w", inc.ID, err)
	}
	if slices.ContainsFunc(records, func(r dispatch.Record) bool { return len(r.Facts) == 0 && r.Seq <= inc.Seq }) {
		return errUnreadable
	}
	if slices.ContainsFunc(records, func(r dispatch.Record) bool { return r.Incident == inc.ID }) { // else another node has done it
		doc, err := fold(inc, records)
		if err != nil {
			return err
		}
		if err := b.journal.Archive(ctx, inc.ID, inc.Case, doc, inc.Seq); err != nil {
			return fmt.Errorf("archive incident %s: %w", inc.ID, err)
		}
	}
	b.drop(inc)
	return nil
}

// drop lets go of a closed incident that the journal no longer has.
func (b *Board) drop(inc *dispatch.Incident) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.ended, inc.ID)
	if cur := b.cases[inc.Case]; cur != nil && cur.inc != nil && cur.inc.ID == inc.ID {
		b.index(cur.inc, nil)
		delete(b.cases, inc.Case)
		if cur.seq > inc.Seq { // something unreadable stands behind the closing fact
			b.cases[inc.Case] = &current{nil, cur.seq}
		}
	}
}

// fold writes the document of one incident; a case may hold the next one already.
func fold(inc *dispatch.Incident, records []dispatch.Record) ([]byte, error) {
	d := document{V: 1, Incident: inc.ID, Case: inc.Case, ClosedAt: inc.Ended.At}
	for _, r := range records {
		if r.Incident != inc.ID {
			continue
		}
		entry, err := dispatch.EncodeEntry(r.Entry)
		if err != nil {
			return nil, err
		}
		d.Records = append(d.Records, archived{r.Seq, r.StoredAt, entry})
	}
	doc, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("encode the archive document of incident %s: %w", inc.ID, err)
	}
	return doc, nil
}

// Records reads an archive document back into the journal's records.
func Records(doc []byte) ([]dispatch.Record, error) {
	var d document
	if err := json.Unmarshal(doc, &d); err != nil {
		return nil, fmt.Errorf("decode archive document: %w", err)
	}
	if d.V != 1 {
		return nil, fmt.Errorf("decode archive document of incident %s: version %d, this build reads 1", d.Incident, d.V)
	}
	var out []dispatch.Record
	for _, a := range d.Records {
		e, err := dispatch.DecodeEntry(d.Case, a.Entry)
		if err != nil {
			return nil, fmt.Errorf("archive document of incident %s: %w", d.Incident, err)
		}
		out = append(out, dispatch.Record{Entry: e, Seq: a.Seq, StoredAt: a.StoredAt})
	}
	return out, nil
}

// Unfold is the incident of an archive document, as it was when it was closed.
func Unfold(doc []byte) (*dispatch.Incident, error) {
	records, err := Records(doc)
	if err != nil {
		return nil, err
	}
	return unfold(records)
}

func unfold(records []dispatch.Record) (inc *dispatch.Incident, err error) {
	for _, r := range records {
		if inc, err = dispatch.Apply(inc, r); err != nil {
			return nil, fmt.Errorf("fold archive document: %w", err)
		}
	}
	return inc, nil
}

// archived takes a document of the archive, ours or another node's: its presses
// are handled, and if we hold the incident open we have missed its end. There is
// no place in the order of events for that, so readers take a snapshot.
func (b *Board) archived(doc []byte) {
	records, err := Records(doc)
	if err != nil || len(records) == 0 {
		b.log.Error("an archive document cannot be read", "err", err) // and must not keep the daemon from starting
		return
	}
	id, c := records[0].Incident, records[0].Case
	if time.Since(records[len(records)-1].At) < LatelyFor { // older ones are not worth the folding
		if inc, err := unfold(records); err != nil || inc.Ended == nil {
			b.log.Warn("what was lately closed cannot be told", "incident", id, "err", err)
		} else {
			b.lately(inc)
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, r := range records {
		b.note(r)
	}
	cur := b.cases[c]
	if cur == nil || cur.inc == nil || cur.inc.ID != id || !cur.inc.Open() {
		return
	}
	b.index(cur.inc, nil)
	delete(b.cases, c)
	close(b.anew)
	b.anew = make(chan struct{})
}

// forget drops presses that were handled long ago.
func (b *Board) forget(now time.Time) {
	if now.Second() != 0 { // once a minute is often enough to walk the map
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for key, h := range b.handled {
		if now.Sub(h.at) > keepHandled {
			delete(b.handled, key)
		}
	}
	for key, at := range b.replied {
		if now.Sub(at) > keepHandled {
			delete(b.replied, key)
		}
	}
}
