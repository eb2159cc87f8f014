package bench

import (
	"runtime"
	"time"
)

// schedule is when each press of a slice is due.
type schedule struct {
	start time.Time
	rate  int // a second; 0: all at once
}

func (s schedule) due(i int) time.Time {
	if s.rate == 0 {
		return s.start
	}
	return s.start.Add(time.Duration(int64(i) * int64(time.Second) / int64(s.rate)))
}

// clock is what a pacer goes by; tests have one of their own.
type clock struct {
	now   func() time.Time
	until func(time.Time)
}

// pace sends presses 0…n-1 of a schedule, each when it is due or, if a send
// before it took too long, as soon as possible, and never skips one.
func pace(c clock, s schedule, n int, stop <-chan struct{}, send func(i int, at time.Time)) (sent int) {
	for i := range n {
		if due := s.due(i); c.now().Before(due) {
			c.until(due)
		}
		select {
		case <-stop:
			return i
		default:
		}
		send(i, c.now())
	}
	return n
}

// paceHere is pace on a thread of its own: the runtime's timers wake up to a
// millisecond late on a quiet machine, which is as long as what is measured.
func paceHere(s schedule, n int, stop <-chan struct{}, send func(i int, at time.Time)) int {
	sent := make(chan int)
	go func() {
		// Not unlocked: the thread's timer slack was changed, so it ends with the goroutine.
		runtime.LockOSThread()
		sharpen()
		sent <- pace(clock{time.Now, sleepUntil}, s, n, stop, send)
	}()
	return <-sent
}
