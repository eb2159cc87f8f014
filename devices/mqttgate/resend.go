package mqttgate

import (
	"crypto/sha256"
	"sync"
	"time"

	"onekeyd/devices"
	"onekeyd/dispatch"
)

// How long a publish is remembered for its retransmission.
const (
	// Unanswered is the time for a device to reconnect after we closed its
	// connection, and no more than the journal's own window for duplicates.
	Unanswered = 2 * time.Minute
	// Answered covers an acknowledgement that was lost on the way. It is short,
	// because the packet id is free for the next press from then on: a device
	// repeats an unanswered call within 20 s (SCAIP).
	Answered = 20 * time.Second
)

// rememberAtMost bounds the memory to about 20 MB. Above it retransmissions are
// taken for repeat presses, which tells people twice, not never.
const rememberAtMost = 1 << 17

// resends knows which press a retransmitted publish was.
type resends struct {
	mu   sync.Mutex // guards sent
	sent map[sendKey]sending
}

type sendKey struct {
	client string
	packet uint16
}

type sending struct {
	content [16]byte // of topic and payload
	press   dispatch.PressID
	until   time.Time
}

func newResends() *resends { return &resends{sent: map[sendKey]sending{}} }

// press is the identity of a publish that carries none of its own.
func (r *resends) press(key sendKey, dup bool, topic string, payload []byte, now time.Time) dispatch.PressID {
	content := digest(topic, payload)
	r.mu.Lock()
	defer r.mu.Unlock()
	if s, ok := r.sent[key]; ok && dup && s.content == content && now.Before(s.until) {
		s.until = now.Add(Unanswered)
		r.sent[key] = s
		return s.press
	}
	id := devices.NewPressID()
	if len(r.sent) >= rememberAtMost {
		r.forget(now)
	}
	if len(r.sent) < rememberAtMost {
		r.sent[key] = sending{content, id, now.Add(Unanswered)}
	}
	return id
}

// answered shortens the memory of a publish that is being acknowledged.
func (r *resends) answered(key sendKey, press dispatch.PressID, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s, ok := r.sent[key]; ok && s.press == press {
		s.until = now.Add(Answered)
		r.sent[key] = s
	}
}

// forget drops what has lapsed.
func (r *resends) forget(now time.Time) {
	for key, s := range r.sent {
		if !now.Before(s.until) {
			delete(r.sent, key)
		}
	}
}

// sweep is forget for whoever calls it from time to time.
func (r *resends) sweep(now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.forget(now)
}

func digest(topic string, payload []byte) (d [16]byte) {
	h := sha256.New()
	h.Write([]byte(topic))
	h.Write([]byte{0}) // no topic holds it, so no two pairs run together
	h.Write(payload)
	copy(d[:], h.Sum(nil))
	return d
}
