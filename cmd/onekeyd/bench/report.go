package bench

import (
	"math"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Report is what a [Run] found; its JSON is a contract (DESIGN section 9).
type Report struct {
	Machine   Machine   `json:"machine"`
	Directory Directory `json:"directory"`
	Runs      []Result  `json:"runs"`
	Burst     *Burst    `json:"burst,omitempty"`
}

// Lost is the number of acknowledged presses whose SMS or event never came.
func (r *Report) Lost() int {
	lost := 0
	for _, run := range r.Runs {
		lost += run.Lost
	}
	if r.Burst != nil {
		lost += r.Burst.Lost
	}
	return lost
}

// Machine is where it was measured, and how busy others kept it.
type Machine struct {
	Cores      int     `json:"cores"`
	CPU        string  `json:"cpu,omitempty"`
	OS         string  `json:"os"`
	Go         string  `json:"go"`
	Disk       string  `json:"disk,omitempty"` // type of the file system under the data folder
	FsyncP50   int64   `json:"fsync_p50_us"`
	FsyncP99   int64   `json:"fsync_p99_us"`
	LoadBefore float64 `json:"load_before"` // one-minute load average
	LoadAfter  float64 `json:"load_after"`
}

// Directory is what the daemon was started on.
type Directory struct {
	Elders     int   `json:"elders"`
	Responders int   `json:"responders"`
	ImportMS   int64 `json:"import_ms"` // `onekeyd import` of the files
	StartMS    int64 `json:"start_ms"`  // process start → ready, with the directory loaded
	RSS        int   `json:"rss_mib"`   // then
	PeakRSS    int   `json:"rss_peak_mib"`
}

// Result is one rate over one way in.
type Result struct {
	Rate    int     `json:"rate"`
	Via     string  `json:"via"`
	SMSEach int     `json:"sms_each"`
	Seconds float64 `json:"seconds"`
	Presses int     `json:"presses"`
	Refused int     `json:"refused"` // not acknowledged, so not promised
	Lost    int     `json:"lost"`
	Twice   int     `json:"twice"` // SMS beyond those intended

	Floor   Quantiles  `json:"floor"`
	Stored  Quantiles  `json:"stored"`
	SMS     Quantiles  `json:"sms"` // the first of a press
	SMSLast *Quantiles `json:"sms_last,omitempty"`
	Console Quantiles  `json:"console"`
	Late    Quantiles  `json:"generator_late"`
	Ratio   Ratio      `json:"ratio"`

	DrainMS    int64   `json:"drain_ms"`  // longest wait after a slice's last press was due
	SettleMS   int64   `json:"settle_ms"` // longest wait for the carrier's receipts to be taken after that
	BenchCPU   float64 `json:"bench_cpu"` // processors used while presses came
	ChildCPU   float64 `json:"daemon_cpu"`
	BenchPress int64   `json:"bench_cpu_us_per_press"` // processor time, receipts included
	ChildPress int64   `json:"daemon_cpu_us_per_press"`
	RSS        int     `json:"rss_mib"`
	Resets     int     `json:"console_resets"` // times the listener was told to start over
	Warnings   int     `json:"warnings"`       // lines of the daemon's log at WARN or above
}

// Ratio is each latency by the floor's at the same quantile.
type Ratio struct {
	StoredP50  float64 `json:"stored_p50"`
	StoredP99  float64 `json:"stored_p99"`
	SMSP50     float64 `json:"sms_p50"`
	SMSP99     float64 `json:"sms_p99"`
	LastP50    float64 `json:"sms_last_p50,omitempty"`
	LastP99    float64 `json:"sms_last_p99,omitempty"`
	ConsoleP50 float64 `json:"console_p50"`
	ConsoleP99 float64 `json:"console_p99"`
}

// Quantiles of latencies, in microseconds from the time a press was due.
type Quantiles struct {
	P50  int64 `json:"p50_us"`
	P90  int64 `json:"p90_us"`
	P99  int64 `json:"p99_us"`
	P999 int64 `json:"p999_us"`
	Max  int64 `json:"max_us"`
	N    int64 `json:"n"`
}

// longest is the largest latency told apart, in microseconds.
const longest = 10 * 60 * 1000 * 1000

// quantiles of latencies in nanoseconds, to three digits.
func quantiles(ns []int64) Quantiles {
	h := hdrhistogram.New(1, longest, 3)
	for _, v := range ns {
		_ = h.RecordValue(min(max(v, 0)/1000, longest)) // within its bounds by now
	}
	return Quantiles{
		P50: h.ValueAtQuantile(50), P90: h.ValueAtQuantile(90), P99: h.ValueAtQuantile(99), P999: h.ValueAtQuantile(99.9),
		Max: h.Max(), N: h.TotalCount(),
	}
}

func (r *Result) compare() {
	f := r.Floor
	r.Ratio = Ratio{
		StoredP50: ratio(r.Stored.P50, f.P50), StoredP99: ratio(r.Stored.P99, f.P99),
		SMSP50: ratio(r.SMS.P50, f.P50), SMSP99: ratio(r.SMS.P99, f.P99),
		ConsoleP50: ratio(r.Console.P50, f.P50), ConsoleP99: ratio(r.Console.P99, f.P99),
	}
	if r.SMSLast != nil {
		r.Ratio.LastP50, r.Ratio.LastP99 = ratio(r.SMSLast.P50, f.P50), ratio(r.SMSLast.P99, f.P99)
	}
}

// ratio to two digits behind the point; 0 when there is nothing to compare.
func ratio(a, floor int64) float64 {
	if floor <= 0 {
		return 0
	}
	return math.Round(100*float64(a)/float64(floor)) / 100
}
