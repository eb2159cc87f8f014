package journal

import (
	"sync"

	"onekeyd/dispatch"
)

// recent keeps this process's last appends, so that its own follower need not
// read back what is in memory already. It is a help, not a source: what it does
// not have is decoded from the stream.
type recent struct {
	mu   sync.Mutex // guards ring
	ring [recentKept]dispatch.Record
}

// recentKept is more than a follower lags behind in a storm of a thousand presses.
const recentKept = 4096

func (r *recent) add(rec dispatch.Record) {
	r.mu.Lock()
	r.ring[rec.Seq%recentKept] = rec
	r.mu.Unlock()
}

// take gives a record away, for it is followed once.
func (r *recent) take(seq uint64) (dispatch.Record, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	rec := r.ring[seq%recentKept]
	if rec.Seq != seq {
		return dispatch.Record{}, false
	}
	r.ring[seq%recentKept] = dispatch.Record{}
	return rec, true
}
