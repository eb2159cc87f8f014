package twiliosim

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	// dialling is what passes between Twilio's starting a call and its ringing.
	dialling = time.Second
	// fetchTime bounds a webhook: https://www.twilio.com/docs/api/errors/11205.
	fetchTime = 15 * time.Second
)

// line is one call under way. Its goroutine run is the only one that moves it
// forwards; the API may end it at any moment.
type line struct {
	s      *Sim
	script []CallStep    // what the person has still to do; a hand that takes over drops it
	begun  time.Time     // when the step before happened
	hands  chan Hand     // from Phone
	cut    chan struct{} // closed when the call is over
	gone   chan struct{} // closed when run has ended
	news   chan url.Values
	told   int // status callbacks so far; run's own

	call Call // guarded by s.mu
}

// Phone does something by hand on the phone that the call sid rings: pick up,
// press a key, hang up. What the call's outcome had the person do is dropped.
// It returns when it is done, which on a line that waits for a webhook may take
// a while, or with an error if the call is over.
func (s *Sim) Phone(ctx context.Context, sid string, do Hand) error {
	s.mu.Lock()
	l, ok := s.lines[sid]
	s.mu.Unlock()
	if !ok {
		return errors.New("use a phone: no such call")
	}
	if !slices.Contains([]Hand{PickUp, HangUp, Unreachable}, do) && !isKey(do) {
		return fmt.Errorf("use a phone: %q is nothing to do on one", do)
	}
	select {
	case l.hands <- do:
		return nil
	case <-l.cut:
	case <-l.gone:
	case <-ctx.Done():
		return fmt.Errorf("use a phone: %w", ctx.Err())
	}
	return errors.New("use a phone: the call is over")
}

func isKey(do Hand) bool { return len(do) == 1 && strings.Contains("0123456789*#", string(do)) }

// run is the life of a call.
func (l *line) run(queued time.Duration) {
	defer l.s.work.Done()
	defer close(l.news)
	defer close(l.gone)
	if l.rest(queued) && l.move("initiated") && l.rest(dialling) && l.move("ringing") && l.ring() {
		l.play()
		l.end("completed", 0)
	}
	l.s.mu.Lock()
	status, live := l.call.Status, l.call.Live()
	l.s.mu.Unlock()
	if !live { // closed with the simulator otherwise
		l.report("completed", status)
	}
}

// ring waits until somebody picks up; false: it came to nothing.
func (l *line) ring() bool {
	l.begun = time.Now()
	until := l.begun.Add(l.call.Timeout) // set before run began, never changed
	for {
		do, over := l.wait(time.Until(until))
		switch {
		case over:
			return false
		case do == "":
			l.end("no-answer", 0)
			return false
		case do == HangUp:
			l.end("busy", 0)
			return false
		case do == Unreachable:
			l.end("failed", 13224)
			return false
		case do == PickUp:
			return l.move("in-progress")
		}
	}
}

// wait gives what happens on the phone within d, "" for nothing. over: the call
// has ended, or the simulator.
func (l *line) wait(d time.Duration) (do Hand, over bool) {
	patience := time.NewTimer(max(d, 0))
	defer patience.Stop()
	var due <-chan time.Time
	if len(l.script) > 0 {
		next := time.NewTimer(time.Until(l.begun.Add(l.script[0].After)))
		defer next.Stop()
		due = next.C
	}
	select {
	case <-l.cut:
		return "", true
	case <-l.s.ctx.Done():
		return "", true
	case do = <-l.hands:
		l.script = nil
	case <-due:
		do, l.begun, l.script = l.script[0].Do, time.Now(), l.script[1:]
	case <-patience.C:
	}
	if isKey(do) {
		l.note(func(c *Call) { c.Keys += string(do) })
	}
	return do, false
}

// rest lets time pass before the phone rings; false: the call is over.
func (l *line) rest(d time.Duration) bool {
	script := l.script
	l.script = nil // the person does nothing before it rings
	defer func() { l.script = script }()
	for until := time.Now().Add(d); ; {
		do, over := l.wait(time.Until(until))
		if over {
			return false
		}
		if do == "" {
			return true
		}
	}
}

// move puts the call into a status and tells of it; false: it is over already.
func (l *line) move(status string) bool {
	l.s.mu.Lock()
	live := l.call.Live()
	if live {
		l.call.Status = status
		if status == "in-progress" {
			l.call.Answered = time.Now()
		}
		l.s.wakeLocked()
	}
	l.s.mu.Unlock()
	if live {
		event := status
		if status == "in-progress" {
			event = "answered"
		}
		l.report(event, status)
	}
	return live
}

func (l *line) end(status string, code int) {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	if l.call.Live() {
		if code != 0 {
			l.call.Code = code
		}
		l.endLocked(status, time.Now())
	}
}

// endLocked ends a live call; s.mu is held.
func (l *line) endLocked(status string, at time.Time) {
	l.call.Status, l.call.Ended = status, at
	close(l.cut)
	l.s.wakeLocked()
}

// note changes what is kept of a live call.
func (l *line) note(change func(*Call)) {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	if l.call.Live() {
		change(&l.call)
		l.s.wakeLocked()
	}
}

// report hands one status callback to tell, if the call asked for it.
func (l *line) report(event, status string) {
	l.s.mu.Lock()
	c := l.call
	l.s.mu.Unlock()
	if c.StatusCallback == "" || l.s.opt.NoCallbacks || !slices.Contains(c.Events, event) {
		return
	}
	f := l.form(c, status)
	f.Set("CallbackSource", "call-progress-events")
	f.Set("SequenceNumber", strconv.Itoa(l.told))
	f.Set("Timestamp", time.Now().UTC().Format(time.RFC1123Z))
	l.told++
	if event == "completed" {
		f.Set("CallDuration", strconv.Itoa(seconds(c)))
		f.Set("SipResponseCode", map[string]string{"completed": "200", "busy": "486", "no-answer": "487", "canceled": "487", "failed": "404"}[status])
		if c.Code != 0 {
			f.Set("ErrorCode", strconv.Itoa(c.Code))
		}
	}
	l.news <- f // never full: a call has four events
}

// tell posts the callbacks, one after the other; it owns its goroutine.
func (l *line) tell() {
	defer l.s.work.Done()
	for f := range l.news {
		_, err := l.s.post(l.s.ctx, l.call.StatusCallback, f)
		if l.s.ctx.Err() != nil {
			continue
		}
		l.s.mu.Lock()
		l.s.stats.Callbacks++
		if err != nil {
			l.s.stats.CallbacksFailed++ // Twilio does not repeat a callback
		}
		l.s.mu.Unlock()
	}
}

// form is what every webhook of a call holds.
func (l *line) form(c Call, status string) url.Values {
	return url.Values{
		"AccountSid": {l.s.opt.AccountSID}, "ApiVersion": {"2010-04-01"}, "CallSid": {c.SID}, "CallStatus": {status}, "Direction": {"outbound-api"},
		"From": {c.From}, "To": {c.To}, "Caller": {c.From}, "Called": {c.To},
	}
}

// seconds is how long a call was answered.
func seconds(c Call) int {
	if c.Answered.IsZero() || c.Ended.IsZero() {
		return 0
	}
	return int(c.Ended.Sub(c.Answered).Seconds())
}
