package fanout

import (
	"container/heap"
	"sync"
	"time"

	"onekeyd/alerts"
	"onekeyd/dispatch"
)

// lane is one carrier and what waits for it. Fanout.mu guards what changes.
type lane struct {
	f       *Fanout
	sender  alerts.Sender // nil: the lane of settled jobs
	name    string
	caps    alerts.Caps
	channel dispatch.Channel
	bit     uint64 // of job.refused
	wake    *sync.Cond

	back    []*job // calls to be stopped: they ring, so they go before anything else, and at any rate
	queue   byUrgency
	rate    rate
	armed   bool // a timer wakes a worker when the next send is due
	breaker breaker
}

func newLane(f *Fanout, s alerts.Sender, n int) *lane {
	l := &lane{f: f, sender: s, bit: 1 << n, wake: sync.NewCond(&f.mu)}
	if s != nil {
		l.name, l.caps = s.Name(), s.Caps()
		l.channel = dispatch.Channel(l.caps.Media)
		l.rate = newRate(l.caps.PerSecond, l.caps.Burst)
	}
	return l
}

// carries reports whether an alert can take this lane.
func (l *lane) carries(a dispatch.Alert) bool {
	channel := a.Channel
	if channel == "" {
		channel = dispatch.ChannelSMS
	}
	return l.channel == channel && (a.Via == "" || a.Via == l.name) && l.caps.Serves(a.Phone)
}

// push puts a job into the queue. The caller holds Fanout.mu.
func (l *lane) push(j *job) {
	j.doing, j.lane = waiting, l
	heap.Push(&l.queue, j)
	l.wake.Signal()
}

// next waits for the job that may go now: one to be stopped, one to be stored,
// or the most urgent one as soon as the carrier's rate allows. Nil: Run ends.
func (l *lane) next() *job {
	l.f.mu.Lock()
	defer l.f.mu.Unlock()
	for !l.f.ended {
		if len(l.back) > 0 {
			j := l.back[0]
			l.back = l.back[1:]
			return j
		}
		if len(l.queue) > 0 {
			now := time.Now()
			if l.rate.wait(now) == 0 {
				l.rate.spend(now)
				j := heap.Pop(&l.queue).(*job)
				j.doing = sending
				l.arm(now)
				return j
			}
			l.arm(now)
		}
		l.wake.Wait()
	}
	return nil
}

// arm has a worker woken when the next send of those that wait is due. Without
// a rate nobody has to be: each push wakes one.
func (l *lane) arm(now time.Time) {
	if l.armed || len(l.queue) == 0 || l.rate.every == 0 {
		return
	}
	l.armed = true
	time.AfterFunc(l.rate.wait(now), func() {
		l.f.mu.Lock()
		l.armed = false
		l.f.mu.Unlock()
		l.wake.Signal() // a worker that is busy now looks again by itself
	})
}

// rate is a token bucket, kept as the time at which the next send would be due
// if there were no bursts (the generic cell rate algorithm of ITU-T I.371).
type rate struct {
	every time.Duration // between sends; 0: unlimited
	ahead time.Duration // by which a burst may be early
	due   time.Time
}

func newRate(perSecond float64, burst int) rate {
	if perSecond <= 0 {
		return rate{}
	}
	every := time.Duration(float64(time.Second) / perSecond)
	return rate{every: every, ahead: time.Duration(max(burst, 1)-1) * every}
}

// wait is how long until a send may go; 0 is now.
func (r rate) wait(now time.Time) time.Duration {
	return max(0, r.due.Add(-r.ahead).Sub(now))
}

func (r *rate) spend(now time.Time) {
	if r.due.Before(now) {
		r.due = now
	}
	r.due = r.due.Add(r.every)
}

// refund gives back what a job took that was not sent after all.
func (r *rate) refund() { r.due = r.due.Add(-r.every) }

// byUrgency is a heap: red first, then in order of arrival.
type byUrgency []*job

func (q byUrgency) Len() int { return len(q) }
func (q byUrgency) Less(i, j int) bool {
	if a, b := q[i].inc.Urgency, q[j].inc.Urgency; a != b {
		return a < b
	}
	return q[i].serial < q[j].serial
}
func (q byUrgency) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].place, q[j].place = i, j
}
func (q *byUrgency) Push(x any) {
	j := x.(*job)
	j.place = len(*q)
	*q = append(*q, j)
}
func (q *byUrgency) Pop() any {
	old := *q
	last := old[len(old)-1]
	old[len(old)-1] = nil
	*q = old[:len(old)-1]
	return last
}
