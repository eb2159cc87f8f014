package bench

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// Options of one [Run].
type Options struct {
	Exe  string // the onekeyd to measure
	Temp string // where data folders are made; empty: the system's place for temporary files

	Rates []int         // presses a second, one run each
	Via   []string      // "nats", "http"
	For   time.Duration // of load at each rate; the floor takes as long again
	Slice time.Duration // how long load and floor take turns for
	SMS   int           // per press: 1 (a clinic) or 5 (three workers or grid leaders, a clinic, a relative)
	Burst int           // presses sent at once at the end; 0: none

	NoReceipts bool // the carrier reports nothing back
	// Elders and Responders of the directory; 0: as many as the runs need.
	Elders, Responders int
	Grace              time.Duration // how long an SMS or event may take before it is lost
	Profile            string        // folder for CPU profiles of the daemon; empty: none

	Progress io.Writer
}

const (
	viaNATS = "nats"
	viaHTTP = "http"
	// warmUp is how many presses go ahead of each run, uncounted but for loss.
	warmUp = 50
	// warmRate is how fast.
	warmRate = 50
	// fewestResponders is a directory in which every kind occurs often enough for five SMS.
	fewestResponders = 100
)

func (o Options) check() error {
	var wrong []error
	bad := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	for _, r := range o.Rates {
		if r < 1 || r > 20000 {
			bad("rate %d: 1 to 20000 presses a second are possible", r)
		}
	}
	for _, v := range o.Via {
		if v != viaNATS && v != viaHTTP {
			bad("via %q: nats and http are possible", v)
		}
	}
	if len(o.Via) == 0 {
		bad("via: nats or http is needed")
	}
	if o.For < 100*time.Millisecond && len(o.Rates) > 0 {
		bad("for %s: a tenth of a second at least", o.For)
	}
	if o.SMS != 1 && o.SMS != 5 {
		bad("sms %d: the plan gives 1 or 5", o.SMS)
	}
	if o.Burst < 0 || o.Grace <= 0 {
		bad("burst and grace cannot be negative")
	}
	if o.Slice < 100*time.Millisecond {
		bad("slice %s: a tenth of a second at least", o.Slice)
		return errors.Join(wrong...) // the presses of a run cannot be counted
	}
	if need := o.presses(); o.Elders != 0 && o.Elders < need {
		bad("elders %d: %d are needed, for no elder presses twice in a run", o.Elders, need)
	}
	if o.Responders != 0 && o.Responders < fewestResponders {
		bad("responders %d: %d at least", o.Responders, fewestResponders)
	}
	return errors.Join(wrong...)
}

// presses is the number of elders that the largest run needs.
func (o Options) presses() int {
	most := o.Burst
	for _, r := range o.Rates {
		most = max(most, sum(o.slicesOf(r)))
	}
	return most + warmUp
}

func (o Options) people() (elders, responders int) {
	elders, responders = o.Elders, o.Responders
	if elders == 0 {
		elders = o.presses()
	}
	if responders == 0 {
		responders = max(fewestResponders, elders/10)
	}
	return elders, responders
}

// slicesOf is how many presses fall into each slice of a run.
func (o Options) slicesOf(rate int) []int {
	var counts []int
	for left := o.For; left > 0; left -= o.Slice {
		counts = append(counts, max(1, int(int64(rate)*int64(min(left, o.Slice))/int64(time.Second))))
	}
	return counts
}

func sum(counts []int) int {
	total := 0
	for n := range slices.Values(counts) {
		total += n
	}
	return total
}
