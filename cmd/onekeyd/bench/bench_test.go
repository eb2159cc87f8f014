package bench_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"onekeyd/cmd/onekeyd/bench"
)

// TestBench runs the whole of it, small: the program, its directory, five SMS a
// press, the floor and a burst.
func TestBench(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and runs the program")
	}
	exe := filepath.Join(t.TempDir(), "onekeyd")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", exe, "onekeyd/cmd/onekeyd")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the program: %v\n%s", err, out)
	}
	temp, profiles := t.TempDir(), t.TempDir()
	run := exec.CommandContext(t.Context(), exe, "bench", "--rates", "20", "--via", "both", "--for", "1s", "--sms", "5", "--burst", "40", "--temp", temp, "--profile", profiles, "--json")
	// Settings of a real daemon must not matter.
	run.Env = append(os.Environ(), "ONEKEYD_DATA=/nowhere", "TWILIO_ACCOUNT_SID=wrong")
	var said strings.Builder
	run.Stderr = &said
	out, err := run.Output()
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, said.String(), out)
	}
	var r bench.Report
	if err := json.Unmarshal(out, &r); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	if len(r.Runs) != 2 || r.Runs[0].Via != "nats" || r.Runs[1].Via != "http" {
		t.Fatalf("runs %+v", r.Runs)
	}
	for _, run := range r.Runs {
		if run.Presses != 20 || run.Lost != 0 || run.Refused != 0 || run.Stored.N != 20 || run.SMS.N != 20 || run.SMSLast.N != 20 || run.Console.N != 20 || run.Floor.N != 20 {
			t.Errorf("over %s: %+v", run.Via, run)
		}
		if run.Floor.P50 <= 0 || run.SMSLast.P50 < run.SMS.P50 || run.Ratio.SMSP50 <= 0 {
			t.Errorf("over %s: floor %+v, first %+v, last %+v, ratio %+v", run.Via, run.Floor, run.SMS, run.SMSLast, run.Ratio)
		}
	}
	if b := r.Burst; b == nil || b.Lost != 0 || b.Red != 24 || b.Texts != 5*36 || b.DurableMS <= 0 {
		t.Errorf("burst %+v", r.Burst)
	}
	if d := r.Directory; d.Elders != 90 || d.Responders != 100 || d.StartMS <= 0 || runtime.GOOS == "linux" && d.RSS <= 0 {
		t.Errorf("directory %+v", d)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if made, err := os.ReadDir(profiles); err != nil || len(made) != 3 {
		t.Errorf("profiles: %v, %v", made, err)
	}
}
