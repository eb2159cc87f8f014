package bench

import (
	"fmt"
	"io"
	"strings"
)

// WriteText writes the report for people. Latencies are in milliseconds.
func (r *Report) WriteText(w io.Writer) error {
	var b strings.Builder
	m, d := r.Machine, r.Directory
	fmt.Fprintf(&b, "machine    %d cores (%s), %s, %s; data on %s, append and fsync p50 %d µs, p99 %d µs; load average %.2f before, %.2f after\n",
		m.Cores, m.CPU, m.OS, m.Go, m.Disk, m.FsyncP50, m.FsyncP99, m.LoadBefore, m.LoadAfter)
	if m.Disk == "tmpfs" {
		b.WriteString("           tmpfs keeps nothing: fsync costs nothing here, so these figures are not those of a disk (see -temp)\n")
	}
	fmt.Fprintf(&b, "directory  %d elders, %d responders: import %.1f s, start %d ms, RSS %d MiB (peak %d MiB)\n",
		d.Elders, d.Responders, float64(d.ImportMS)/1000, d.StartMS, d.RSS, d.PeakRSS)
	for _, run := range r.Runs {
		run.write(&b)
	}
	if r.Burst != nil {
		r.Burst.write(&b)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (r Result) write(b *strings.Builder) {
	fmt.Fprintf(b, "\n%d/s over %s, %d SMS a press: %d presses in %.0f s, lost %d, refused %d, told twice %d\n", r.Rate, r.Via, r.SMSEach, r.Presses, r.Seconds, r.Lost, r.Refused, r.Twice)
	b.WriteString("                     p50       p90       p99     p99.9       max   ms    × floor  p50    p99\n")
	none := Ratio{}
	r.Floor.write(b, "floor", 0, 0)
	r.Stored.write(b, "stored", r.Ratio.StoredP50, r.Ratio.StoredP99)
	first := "SMS"
	if r.SMSLast != nil {
		first = "first SMS"
	}
	r.SMS.write(b, first, r.Ratio.SMSP50, r.Ratio.SMSP99)
	if r.SMSLast != nil {
		r.SMSLast.write(b, "last SMS", r.Ratio.LastP50, r.Ratio.LastP99)
	}
	r.Console.write(b, "console", r.Ratio.ConsoleP50, r.Ratio.ConsoleP99)
	r.Late.write(b, "generator late", none.SMSP50, none.SMSP99)
	fmt.Fprintf(b, "  processors used while presses came: bench %.2f, daemon %.2f; per press with its receipts: bench %d µs, daemon %d µs; daemon RSS %d MiB\n", r.BenchCPU, r.ChildCPU, r.BenchPress, r.ChildPress, r.RSS)
	fmt.Fprintf(b, "  slowest slice done %d ms after its last press, its receipts taken %d ms later", r.DrainMS, r.SettleMS)
	if r.Resets+r.Warnings > 0 {
		fmt.Fprintf(b, "; console told to start over %d times, daemon warned %d times", r.Resets, r.Warnings)
	}
	b.WriteByte('\n')
}

func (q Quantiles) write(b *strings.Builder, name string, p50, p99 float64) {
	fmt.Fprintf(b, "  %-14s", name)
	for _, us := range []int64{q.P50, q.P90, q.P99, q.P999, q.Max} {
		fmt.Fprintf(b, "%10.3f", float64(us)/1000)
	}
	if p50 > 0 || p99 > 0 {
		fmt.Fprintf(b, "          %7.2f%7.2f", p50, p99)
	}
	b.WriteByte('\n')
}

func (r *Burst) write(b *strings.Builder) {
	fmt.Fprintf(b, "\n%d presses at once over %s (%d red, %d SMS intended): lost %d, refused %d, told twice %d\n", r.Presses, r.Via, r.Red, r.Texts, r.Lost, r.Refused, r.Twice)
	fmt.Fprintf(b, "  all durable after %d ms, all on the console after %d ms, all red SMS after %d ms, all SMS after %d ms\n", r.DurableMS, r.ConsoleMS, r.SMSRedMS, r.SMSMS)
	b.WriteString("                     p50       p90       p99     p99.9       max   ms\n")
	r.Stored.write(b, "stored", 0, 0)
	r.SMSRed.write(b, "red SMS", 0, 0)
	r.SMSOther.write(b, "other SMS", 0, 0)
	r.Console.write(b, "console", 0, 0)
	fmt.Fprintf(b, "  order: %.1f %% of the first SMS are red; %d SMS of others went while an acknowledged red press waited, which had waited %.1f ms at most\n",
		100*r.Order.RedAmongFirst, r.Order.Inversions, float64(r.Order.LongestUS)/1000)
}
