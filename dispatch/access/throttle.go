package access

import (
	"sync"
	"time"
)

// A guess costs one; what is spent comes back with time. The tight limit is on
// an account from one address, so that nobody can lock an operator out of the
// desk from elsewhere; the wide ones stop a list of names and a crowd of hosts.
var (
	limitPair    = limit{burst: 5, each: 30 * time.Second}
	limitAddress = limit{burst: 20, each: 10 * time.Second}
	limitAccount = limit{burst: 50, each: 10 * time.Second}
)

type limit struct {
	burst int
	each  time.Duration // until one attempt comes back
}

// maxBuckets bounds the throttle's memory; beyond it, buckets that have filled
// up again are forgotten, and if none has, new ones are not kept: then the wide
// limits of those already known still hold.
const maxBuckets = 10_000

// throttle counts failed attempts by account and address.
type throttle struct {
	mu      sync.Mutex // guards buckets
	buckets map[string]*bucket
}

type bucket struct {
	limit limit
	empty time.Time // when all attempts would be back
}

// left is how many attempts there are at this time.
func (b *bucket) left(now time.Time) int {
	spent := b.empty.Sub(now)
	if spent <= 0 {
		return b.limit.burst
	}
	return b.limit.burst - int((spent+b.limit.each-1)/b.limit.each)
}

func (b *bucket) take(now time.Time) {
	if b.empty.Before(now) {
		b.empty = now
	}
	b.empty = b.empty.Add(b.limit.each)
}

// take spends an attempt before it is made, so that many at once cannot slip
// through, and says how long to wait if there is none left.
func (t *throttle) take(account, addr string, now time.Time) (giveBack func(), wait time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := []*bucket{
		t.bucket("p "+account+" "+addr, limitPair, now),
		t.bucket("a "+addr, limitAddress, now),
		t.bucket("n "+account, limitAccount, now),
	}
	for _, b := range all {
		if b.left(now) <= 0 {
			wait = max(wait, b.empty.Sub(now)-time.Duration(b.limit.burst-1)*b.limit.each)
		}
	}
	if wait > 0 {
		return nil, wait
	}
	for _, b := range all {
		b.take(now)
	}
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		all[0].empty = time.Time{} // the right person: earlier typing errors are forgiven
		for _, b := range all[1:] {
			b.empty = b.empty.Add(-b.limit.each)
		}
	}, 0
}

func (t *throttle) bucket(key string, l limit, now time.Time) *bucket {
	if b := t.buckets[key]; b != nil {
		return b
	}
	if len(t.buckets) >= maxBuckets {
		for k, b := range t.buckets {
			if !b.empty.After(now) {
				delete(t.buckets, k)
			}
		}
	}
	b := &bucket{limit: l}
	if len(t.buckets) < maxBuckets {
		t.buckets[key] = b
	}
	return b
}
