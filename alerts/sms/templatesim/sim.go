package templatesim

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Dialect is whose words the simulator speaks.
type Dialect string

// The dialects.
const (
	Aliyun  Dialect = "aliyun"
	Tencent Dialect = "tencent"
)

// Template is an approved template. Its text has variables ${name} at Aliyun,
// {1} at Tencent.
type Template struct{ Code, Text string }

// Message is one text, sent through the simulator or typed on a phone.
type Message struct {
	Seq      uint64 // rises by one a message
	Ref      string // BizId or SerialNo
	To       string // E.164; of a reply, who typed it
	Template string
	Text     string // as the phone shows it, with the signature
	NoticeID string // OutId or SessionContext
	Received time.Time
	State    string // accepted, delivered, failed; received for a reply
	Code     string
	Inbound  bool
}

// Options configure a Sim.
type Options struct {
	Dialect Dialect // required
	// KeyID and Secret are what requests must be signed with, App Tencent's
	// SmsSdkAppId, SignName the registered signature.
	KeyID, Secret, App, SignName string
	// Templates are those approved. Required.
	Templates []Template
	// MaxVar is the longest variable in characters; 0: 35 at Aliyun, none at
	// Tencent (12 for a personal account).
	MaxVar int
	// Limits for each number; the zero value has none. See UsualLimits.
	Limits Limits
	// HookURL is where pushes go: HookURL + "/report", "/up" or "/reply". Empty:
	// nothing is pushed.
	HookURL string
	// NoSession leaves SessionContext out of Tencent's reports, which it is in
	// only for customers who asked.
	NoSession bool
	// Gather is how long a report waits for others to go with it; 1 s when 0.
	Gather time.Duration
	// Behaviour decides what becomes of each send; nil: Always(Delivers(6 s)).
	Behaviour Behaviour
	// Pushes carries the webhooks; nil: http.DefaultTransport's like.
	Pushes http.RoundTripper
	// OnMessage is called with every message accepted, in the goroutine of the
	// request and before the answer: return soon.
	OnMessage func(Message)
}

// Stats counts since New.
type Stats struct {
	Sends, Accepted, Refused, Cut uint64
	Pushes, PushesFailed, GivenUp uint64
}

// Sim is the simulator. It is an http.Handler.
type Sim struct {
	opt     Options
	service service
	texts   map[string]Template
	run     string // makes the refs of two simulators differ
	ctx     context.Context
	stop    context.CancelFunc
	hooks   *http.Client
	work    sync.WaitGroup

	// mu guards everything below. It is held for no I/O and no callback.
	mu        sync.Mutex
	closed    bool
	act       Behaviour
	hookURL   string
	messages  []Message
	nonces    map[string]bool
	due       []Message // reports that gather
	gathering bool
	stats     Stats
}

// service is what differs between the two.
type service interface {
	// read verifies and reads a send; the refusal's code is "" when it is fine.
	read(r *http.Request, body []byte, now time.Time, s *Sim) (send, refusal)
	accepted(m Message) []byte
	refused(x refusal, m send) answer
	// limited are code and words for a limit: minute, day or same.
	limited(limit string, most int) refusal
	report(batch []Message, session bool) []byte
	reply(m Message) (path string, body []byte)
	// taken reports whether the other side has taken a push.
	taken(status int, body []byte) bool
	// again are the pauses before each repetition of a push, patience how long
	// an answer is waited for.
	again() []time.Duration
	patience() time.Duration
}

// send is one request to send, as read.
type send struct {
	to, template, sign, id string
	vars                   map[string]string
}

// refusal is a code of the service. A gateway refuses before the service sees it.
type refusal struct {
	code, message string
	gateway       bool
}

// New makes a simulator that listens nowhere: use it as a handler or through
// RoundTripper. Close it.
func New(o Options) *Sim {
	if o.Gather == 0 {
		o.Gather = time.Second
	}
	if o.Behaviour == nil {
		o.Behaviour = Always(Delivers(6 * time.Second))
	}
	if o.Pushes == nil {
		o.Pushes = &http.Transport{MaxConnsPerHost: 64, IdleConnTimeout: 30 * time.Second}
	}
	s := &Sim{opt: o, texts: map[string]Template{}, act: o.Behaviour, hookURL: o.HookURL, nonces: map[string]bool{}}
	switch o.Dialect {
	case Aliyun:
		s.service = aliyun{}
		if o.MaxVar == 0 {
			s.opt.MaxVar = 35
		}
	case Tencent:
		s.service = tencent{}
	default:
		panic("templatesim speaks no dialect " + string(o.Dialect))
	}
	for _, t := range o.Templates {
		s.texts[t.Code] = t
	}
	var run [4]byte
	rand.Read(run[:]) // never fails: crypto/rand
	s.run = hex.EncodeToString(run[:])
	s.hooks = &http.Client{Transport: o.Pushes, Timeout: s.service.patience()}
	s.ctx, s.stop = context.WithCancel(context.Background())
	return s
}

// Close stops pushes and hanging answers and waits for all that was started.
// Messages and Stats still answer afterwards.
func (s *Sim) Close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.stop()
	s.work.Wait()
	s.hooks.CloseIdleConnections()
}

// start runs f in a goroutine that Close waits for; not after Close.
func (s *Sim) start(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.work.Go(f)
	}
}

// SetBehaviour replaces the Behaviour for sends from now on.
func (s *Sim) SetBehaviour(b Behaviour) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.act = b
}

// SetHookURL replaces Options.HookURL.
func (s *Sim) SetHookURL(u string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hookURL = u
}

// Messages returns all messages, oldest first, as they stand now.
func (s *Sim) Messages() []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.messages)
}

// To returns what was sent to a number, oldest first.
func (s *Sim) To(number string) []Message {
	return slices.DeleteFunc(s.Messages(), func(m Message) bool { return m.Inbound || m.To != number })
}

// Stats returns the counts so far.
func (s *Sim) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stats
}

// keepLocked numbers m and keeps it; s.mu is held.
func (s *Sim) keepLocked(m Message) Message {
	m.Seq = uint64(len(s.messages)) + 1
	m.Ref = fmt.Sprintf("%s%06d^0", s.run, m.Seq)
	s.messages = append(s.messages, m)
	return m
}

// Reply types text on the phone from and pushes it. The error is that of the
// first push; when that is not taken it is repeated like any other.
func (s *Sim) Reply(from, text string) error {
	s.mu.Lock()
	hook := s.hookURL
	m := s.keepLocked(Message{To: from, Text: text, Received: time.Now(), State: "received", Inbound: true})
	s.mu.Unlock()
	if hook == "" {
		return errors.New("reply from a phone: no hook url is configured")
	}
	path, body := s.service.reply(m)
	url := strings.TrimSuffix(hook, "/") + path
	if err := s.push(s.ctx, url, body); err != nil {
		s.start(func() { s.insist(url, body) })
		return fmt.Errorf("reply from a phone: %w", err)
	}
	return nil
}
