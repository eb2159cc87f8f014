package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// operator sits at the bench's console: whatever the console is shown, it says
// that it has painted it with its sound running, as each page does. Without that
// the daemon would take the desk for empty and escalate every call.
type operator struct {
	client  *http.Client
	base    string
	cookies []*http.Cookie
	seen    map[string]bool // incidents; of the listener's goroutine alone
	shown   chan painted
	owed    atomic.Int64
	ended   sync.WaitGroup
}

// painted is an incident, and when its receipt is sent.
type painted struct {
	incident string
	at       time.Time
}

const (
	// paintedAfter is within what a page takes; then the carrier says "sent", too.
	paintedAfter = sentAfter
	// hands is how many receipts are on their way at once.
	hands = 16
)

// logIn becomes the administrator by the link of the daemon's first start.
func logIn(ctx context.Context, d *daemon) (*operator, error) {
	link, err := d.link.wait(ctx)
	if err != nil {
		return nil, err
	}
	o := &operator{client: keptConnections(), base: "http://" + d.http + "/v1/incidents/", seen: map[string]bool{}, shown: make(chan painted, 1<<16)}
	o.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, link, nil)
	if err != nil {
		return nil, err
	}
	res, err := o.client.Do(req)
	if err != nil {
		return nil, fmt.Errorf("log in at the console: %w", err)
	}
	res.Body.Close()
	if o.cookies = res.Cookies(); len(o.cookies) == 0 {
		return nil, fmt.Errorf("log in at the console: %s, and no cookie", res.Status)
	}
	for range hands {
		o.ended.Go(o.acknowledge)
	}
	return o, nil
}

// paints takes an incident that the console is shown, the first time.
func (o *operator) paints(incident []byte, at time.Time) {
	if len(incident) == 0 || o.seen[string(incident)] {
		return
	}
	id := string(incident)
	o.seen[id] = true
	o.owed.Add(1)
	o.shown <- painted{id, at.Add(paintedAfter)}
}

// acknowledge sends receipts until leave.
func (o *operator) acknowledge() {
	for p := range o.shown {
		time.Sleep(time.Until(p.at))
		req, err := http.NewRequest(http.MethodPost, o.base+p.incident+"/seen", strings.NewReader(`{"console":"bench","audio":"running","visible":true}`))
		if err == nil {
			req.Header.Set("Content-Type", "application/json")
			for _, c := range o.cookies {
				req.AddCookie(c)
			}
			if res, err := o.client.Do(req); err == nil { // a receipt that is lost escalates one call
				_, _ = io.Copy(io.Discard, res.Body)
				res.Body.Close()
			}
		}
		o.owed.Add(-1)
	}
}

// leave lets what is owed be sent, and waits for it. Nobody paints any more.
func (o *operator) leave() {
	close(o.shown)
	o.ended.Wait()
	o.client.CloseIdleConnections()
}

// firstLink finds the administrator's link in what the daemon prints.
type firstLink struct {
	mu      sync.Mutex // guards printed
	printed bytes.Buffer
	found   chan string // has one value
}

var linkIn = regexp.MustCompile(`(?m)^\s*(http://\S+)\s*$`)

func newFirstLink() *firstLink { return &firstLink{found: make(chan string, 1)} }

func (l *firstLink) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.printed.Write(b)
	if m := linkIn.FindSubmatch(l.printed.Bytes()); m != nil {
		select {
		case l.found <- string(m[1]):
		default: // it is known
		}
	}
	return len(b), nil
}

func (l *firstLink) wait(ctx context.Context) (string, error) {
	select {
	case link := <-l.found:
		return link, nil
	case <-time.After(answerTime):
		return "", errors.New("the daemon printed no link for its administrator")
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
