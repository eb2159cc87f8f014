package twiliosim

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Message is one text, sent through the simulator or typed on a phone.
type Message struct {
	Seq            uint64 // rises by one a message
	SID            string
	From, To       string
	Body           string
	Service        string // MessagingServiceSid
	StatusCallback string
	NoticeID       string // the d parameter of StatusCallback
	Validity       time.Duration
	Received       time.Time
	Status         string
	Code           int
	Inbound        bool
}

// Options configure a Sim.
type Options struct {
	// AccountSID and AuthToken are what callers must sign in with, and what
	// webhooks are signed with. Empty: fixed ones, see Sim.Account.
	AccountSID, AuthToken string
	// HookURL is where replies are posted: HookURL + "/inbound". Status callbacks
	// go where each create says.
	HookURL string
	// Behaviour decides what becomes of each create; nil: Always(Typical()).
	Behaviour Behaviour
	// Calls decides what becomes of each call; nil: it rings, and nobody answers.
	Calls CallBehaviour
	// CallsPerSecond is how many calls begin in a second, others wait in a queue;
	// 0: as many as come. An account has 1 unless Twilio raised it.
	CallsPerSecond float64
	// NoCallbacks switches status callbacks off, for the bench.
	NoCallbacks bool
	// Callbacks carries the webhooks; nil: a pool of our own. See ServeWith.
	Callbacks http.RoundTripper
	// OnMessage is called with every message accepted, in the goroutine of the
	// request and before the answer: return soon.
	OnMessage func(Message)
	// Keep is how many messages are kept, and how many calls; 10,000 when 0.
	Keep int
}

// Stats counts since New; creates are of messages and of calls.
type Stats struct {
	Creates, Accepted, Refused, Cut uint64
	Callbacks, CallbacksFailed      uint64
}

// Sim is the simulator. It is an http.Handler.
type Sim struct {
	opt     Options
	run     string // makes the SIDs of two simulators differ
	ctx     context.Context
	stop    context.CancelFunc
	hooks   *http.Client
	server  *http.Server // nil unless Start made it
	baseURL string
	work    sync.WaitGroup

	// mu guards everything below. It is held for no I/O and no callback.
	mu       sync.Mutex
	closed   bool
	act      Behaviour
	hookURL  string
	seq      uint64
	messages []*Message // ring: message seq is at (seq-1) mod Keep
	bySID    map[string]*Message
	optedOut map[string]bool
	wake     map[chan struct{}]bool
	stats    Stats
	answer   CallBehaviour
	callSeq  uint64
	calls    []*line // oldest first
	lines    map[string]*line
	nextCall time.Time // before it no call begins
}

// The credentials of a Sim that was given none.
const (
	defaultSID   = "AC00000000000000000000000000000001"
	defaultToken = "twiliosim-token"
)

// New makes a simulator that listens nowhere: use it as a handler or through
// RoundTripper. Close it.
func New(o Options) *Sim {
	if o.AccountSID == "" {
		o.AccountSID = defaultSID
	}
	if o.AuthToken == "" {
		o.AuthToken = defaultToken
	}
	if o.Behaviour == nil {
		o.Behaviour = Always(Typical())
	}
	if o.Calls == nil {
		o.Calls = AllCalls(CallOutcome{})
	}
	if o.Callbacks == nil {
		o.Callbacks = &http.Transport{MaxIdleConnsPerHost: 64, MaxConnsPerHost: 64, IdleConnTimeout: 30 * time.Second}
	}
	if o.Keep <= 0 {
		o.Keep = 10_000
	}
	var run [8]byte
	rand.Read(run[:]) // never fails: crypto/rand
	s := &Sim{
		opt: o, run: hex.EncodeToString(run[:]), act: o.Behaviour, hookURL: o.HookURL,
		// Twilio gives up on a webhook after 15 s:
		// https://www.twilio.com/docs/api/errors/11205
		hooks: &http.Client{Transport: o.Callbacks, Timeout: 15 * time.Second},
		bySID: map[string]*Message{}, optedOut: map[string]bool{}, wake: map[chan struct{}]bool{},
		answer: o.Calls, lines: map[string]*line{},
	}
	s.ctx, s.stop = context.WithCancel(context.Background())
	return s
}

// Start makes a simulator that listens on addr, such as "127.0.0.1:0".
func Start(addr string, o Options) (*Sim, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("start twilio simulator: %w", err)
	}
	s := New(o)
	s.baseURL = "http://" + l.Addr().String()
	s.server = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	s.work.Go(func() {
		// Serve returns only when Close closes it, or the listener fails; the
		// callers then see refused connections, which is the truth.
		_ = s.server.Serve(l)
	})
	return s, nil
}

// Close stops callbacks and hanging answers, closes the listener and waits for
// all that was started. Messages and Stats still answer afterwards.
func (s *Sim) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.stop()
	var err error
	if s.server != nil {
		err = s.server.Close()
	}
	s.work.Wait()
	s.hooks.CloseIdleConnections()
	return err
}

// begin counts a piece of work that Close waits for; false after Close.
func (s *Sim) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.work.Add(1)
	return true
}

// URL is where Start listens, fit for twilio.Options.BaseURL; "" after New.
func (s *Sim) URL() string { return s.baseURL }

// Account returns the credentials callers must use.
func (s *Sim) Account() (sid, token string) { return s.opt.AccountSID, s.opt.AuthToken }

// SetBehaviour replaces the Behaviour for creates from now on.
func (s *Sim) SetBehaviour(b Behaviour) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.act = b
}

// SetHookURL replaces Options.HookURL, for a daemon whose address is known only
// after it has been given the simulator's.
func (s *Sim) SetHookURL(u string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hookURL = u
}

// Messages returns the messages kept, oldest first, as they stand now.
func (s *Sim) Messages() []Message { return s.Since(0) }

// Since returns the messages kept whose Seq is above seq, oldest first.
func (s *Sim) Since(seq uint64) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	keep := uint64(s.opt.Keep)
	first := seq
	if s.seq > keep {
		first = max(first, s.seq-keep)
	}
	out := make([]Message, 0, s.seq-min(first, s.seq))
	for i := first; i < s.seq; i++ {
		out = append(out, *s.messages[i%keep])
	}
	return out
}

// To returns the messages kept that were sent to a number, oldest first.
func (s *Sim) To(number string) []Message {
	return slices.DeleteFunc(s.Messages(), func(m Message) bool { return m.Inbound || m.To != number })
}

// Stats returns the counts so far.
func (s *Sim) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stats
}

// Subscribe returns a channel that gets a value after a message or a call came or
// changed. Changes while one is waiting are covered by it. Call stop when
// done; the channel is never closed.
func (s *Sim) Subscribe() (changed <-chan struct{}, stop func()) {
	ch := make(chan struct{}, 1)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wake[ch] = true
	return ch, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.wake, ch)
	}
}

// wakeLocked tells subscribers; s.mu is held.
func (s *Sim) wakeLocked() {
	for ch := range s.wake {
		select {
		case ch <- struct{}{}:
		default:
		}
	}
}

// keepLocked numbers m and keeps it; s.mu is held.
func (s *Sim) keepLocked(m *Message) {
	at := s.seq % uint64(s.opt.Keep)
	s.seq++
	m.Seq, m.SID = s.seq, fmt.Sprintf("SM%s%016x", s.run, s.seq)
	if at < uint64(len(s.messages)) {
		delete(s.bySID, s.messages[at].SID)
		s.messages[at] = m
	} else {
		s.messages = append(s.messages, m)
	}
	s.bySID[m.SID] = m
	s.wakeLocked()
}

// errClosed is what a closed simulator answers in-process.
var errClosed = errors.New("twilio simulator is closed")
