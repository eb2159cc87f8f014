package fanout

import (
	"context"
	"crypto/rand"
	"log/slog"
	"strings"
	"sync"
	"time"

	"onekeyd/alerts"
)

const (
	// courtesyPause is how long nobody is answered a second time: an automatic answer on
	// the other side would go on for ever.
	courtesyPause = time.Hour
	// courtesies bounds what waits; what is more is dropped, for it is only polite.
	courtesies = 64
)

// Courtesy answers people of ours who write while no call for help concerns
// them, so that nobody is met with silence. What it sends belongs to no incident
// and is in no journal; it is dropped when it cannot be sent.
//
// [Courtesy.Say] never waits. [Courtesy.Run] owns the one goroutine that sends.
type Courtesy struct {
	senders []alerts.Sender
	params  map[string]string
	log     *slog.Logger
	queue   chan alerts.Notice

	mu   sync.Mutex // guards said
	said map[string]time.Time
}

// NewCourtesy makes one; phone is the centre's, "" for none.
func NewCourtesy(senders []alerts.Sender, phone string, log *slog.Logger) *Courtesy {
	c := &Courtesy{senders: senders, params: map[string]string{}, log: log.With("component", "courtesy"), queue: make(chan alerts.Notice, courtesies), said: map[string]time.Time{}}
	if phone != "" {
		c.params["tel"] = phone
	}
	return c
}

// Say sends a kind of text to a number, once an hour at most.
func (c *Courtesy) Say(to, language string, kind alerts.Kind) {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	for number, at := range c.said {
		if now.Sub(at) >= courtesyPause {
			delete(c.said, number)
		}
	}
	if _, lately := c.said[to]; lately || len(c.said) >= 100*courtesies {
		return
	}
	n := alerts.Notice{ID: strings.ToLower(rand.Text()[:alerts.MaxIDLen-2]), Kind: kind, Lang: language, To: to, Params: c.params, NotAfter: now.Add(time.Minute)}
	select {
	case c.queue <- n:
		c.said[to] = now
	default:
	}
}

// Run sends until ctx ends.
func (c *Courtesy) Run(ctx context.Context) error {
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case n := <-c.queue:
			c.send(ctx, n)
		}
	}
}

func (c *Courtesy) send(ctx context.Context, n alerts.Notice) {
	for _, s := range c.senders {
		if caps := s.Caps(); caps.Media != alerts.SMS || !caps.Serves(n.To) {
			continue
		}
		sending, cancel := context.WithTimeout(ctx, lastSend)
		_, err := s.Send(sending, n)
		cancel()
		if err != nil && ctx.Err() == nil {
			c.log.Warn("a courtesy was not sent", "to", alerts.MaskPhone(n.To), "kind", string(n.Kind), "err", err)
		}
		return
	}
}
