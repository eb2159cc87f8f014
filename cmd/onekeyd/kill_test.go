//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"onekeyd/alerts/sms/twiliosim"
)

var (
	kills     = flag.Int("kills", 3, "how often TestKilledUnderLoad kills the daemon; deploy/kill.sh does it 20 times")
	killRate  = flag.Int("kill-rate", 100, "presses a second while it does")
	killElder = 4000
)

// The daemon is a real process under load. SIGKILL comes at a random moment,
// again and again, on one data folder. What is proved is proved from outside:
// every press that a device was told is received has its incident, and every
// message of every incident has reached the carrier.
func TestKilledUnderLoad(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped with -short: it kills real processes for several seconds")
	}
	p := newProcess(t)
	p.start()
	p.importEstate(killElder)

	ctx, stop := context.WithCancel(t.Context())
	load := p.load(ctx)
	for n := range *kills {
		wait(time.Duration(300+rand.IntN(900)) * time.Millisecond)
		p.kill()
		began := time.Now()
		p.start()
		t.Logf("kill %d: ready again after %s, %d presses acknowledged so far", n+1, time.Since(began).Round(time.Millisecond), load.acked())
	}
	wait(500 * time.Millisecond)
	stop()
	load.done.Wait()
	p.prove(load)
}

// process is a daemon as a child process, with a carrier in this one.
type process struct {
	t       *testing.T
	binary  string
	env     []string
	listen  string
	carrier *twiliosim.Sim
	cmd     *exec.Cmd
	log     bytes.Buffer
}

func newProcess(t *testing.T) *process {
	t.Helper()
	dir := t.TempDir()
	p := &process{t: t, binary: filepath.Join(dir, "onekeyd"), listen: freeAddr(t)}
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", p.binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	var err error
	if p.carrier, err = twiliosim.Start("127.0.0.1:0", twiliosim.Options{HookURL: "http://" + p.listen + "/hooks/twilio", Behaviour: twiliosim.Always(twiliosim.Outcome{}), Keep: 1 << 20}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.carrier.Close() })
	sid, token := p.carrier.Account()
	p.env = append(os.Environ(),
		"ONEKEYD_DATA="+filepath.Join(dir, "data"), "ONEKEYD_HTTP_LISTEN="+p.listen, "ONEKEYD_NATS_LISTEN="+freeAddr(t), "ONEKEYD_MQTT_LISTEN=off", "ONEKEYD_LOG_LEVEL=error",
		"ONEKEYD_GATEWAY_TOKEN="+testGateway, "ONEKEYD_API_TOKEN="+testAPI, "ONEKEYD_SMS_TWILIO_BASE_URL="+p.carrier.URL(),
		"TWILIO_ACCOUNT_SID="+sid, "TWILIO_AUTH_TOKEN="+token, "TWILIO_FROM=+15005550006",
		"ONEKEYD_VOICE_TWILIO_FROM=off") // thousands of calls at one a second outlast the test; texts are what is counted
	t.Cleanup(p.kill)
	return p
}

func freeAddr(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func (p *process) start() {
	p.t.Helper()
	p.cmd = exec.Command(p.binary, "serve")
	p.cmd.Env, p.cmd.Stderr = p.env, &p.log
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.until("ready", func() bool {
		res, err := http.Get("http://" + p.listen + "/readyz")
		if err != nil {
			return false
		}
		defer res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
}

func (p *process) kill() {
	if p.cmd == nil || p.cmd.ProcessState != nil {
		return
	}
	_ = p.cmd.Process.Signal(syscall.SIGKILL)
	_ = p.cmd.Wait() // it says that it was killed
}

// until waits for a condition that something outside this process brings about.
func (p *process) until(what string, ok func() bool) {
	p.t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); wait(20 * time.Millisecond) {
		if ok() {
			return
		}
	}
	p.t.Fatalf("not %s after 30 s; the daemon says:\n%s", what, p.log.String())
}

// wait lets other processes work.
func wait(d time.Duration) { <-time.After(d) }

// importEstate takes one responder and n elders with a key each through the real import.
func (p *process) importEstate(n int) {
	p.t.Helper()
	dir := p.t.TempDir()
	var elders, devices strings.Builder
	elders.WriteString("id,name,sex,birth_year,phone,address,area,lat,lon,datum,floor,living_alone,language,hints,medical,access_note\n")
	devices.WriteString("id,elder_id,protocol,phone,model\n")
	for i := range n {
		fmt.Fprintf(&elders, "E-%d,王%d,f,1940,,幸福里%d号,,37.59,118.55,wgs84,1,yes,zh,,,\n", i, i, i)
		fmt.Fprintf(&devices, "D-%d,E-%d,http,,\n", i, i)
	}
	responders := "id,name,kind,phone,lat,lon,datum,areas,language,on_duty,organisation\nR-1,张敏,worker,+85251110001,37.59,118.55,wgs84,,zh,yes,\nR-2,卫生站,clinic,+85251110004,37.59,118.56,wgs84,,zh,yes,\n"
	for name, content := range map[string]string{"elders.csv": elders.String(), "devices.csv": devices.String(), "responders.csv": responders} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			p.t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(p.t.Context(), p.binary, "import", dir)
	cmd.Env = p.env
	if out, err := cmd.CombinedOutput(); err != nil {
		p.t.Fatalf("import: %v\n%s", err, out)
	}
}

// pressing is the load: devices that repeat an unanswered press until they are told received.
type pressing struct {
	done  sync.WaitGroup
	count atomic.Int64
	told  sync.Map // device → press id that was acknowledged
}

func (l *pressing) acked() int { return int(l.count.Load()) }

func (p *process) load(ctx context.Context) *pressing {
	l := &pressing{}
	client := &http.Client{Timeout: 3 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	l.done.Go(func() {
		tick := time.NewTicker(time.Second / time.Duration(*killRate))
		defer tick.Stop()
		for i := 0; ; i++ {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				l.done.Go(func() { p.device(ctx, client, l, i%killElder, i) })
			}
		}
	})
	return l
}

func (p *process) device(ctx context.Context, client *http.Client, l *pressing, device, n int) {
	id := "p" + strconv.Itoa(n)
	body := fmt.Sprintf(`{"device":"D-%d","id":"%s"}`, device, id)
	for ctx.Err() == nil {
		req, err := http.NewRequest(http.MethodPost, "http://"+p.listen+"/v1/presses", strings.NewReader(body))
		if err != nil {
			return
		}
		req.Header.Set("Authorization", "Bearer "+testGateway)
		if res, err := client.Do(req); err == nil {
			_, _ = io.Copy(io.Discard, res.Body)
			_ = res.Body.Close()
			if res.StatusCode == http.StatusAccepted {
				l.told.Store("D-"+strconv.Itoa(device)+" "+id, true)
				l.count.Add(1)
				return
			}
		}
		wait(200 * time.Millisecond)
	}
}

// prove looks at the daemon and the carrier as a stranger would.
func (p *process) prove(l *pressing) {
	p.t.Helper()
	var missing, untold []string
	var alerts, twice int
	p.until("quiet: every acknowledged press with an incident, every alert at the carrier", func() bool {
		var presses map[string]bool
		var ids []string
		presses, ids = p.snapshot()
		missing, untold, alerts, twice = nil, nil, len(ids), 0
		l.told.Range(func(key, _ any) bool {
			if !presses[key.(string)] {
				missing = append(missing, key.(string))
			}
			return true
		})
		sent := map[string]int{}
		for _, m := range p.carrier.Messages() {
			sent[m.NoticeID]++
		}
		for _, id := range ids {
			switch sent[id] {
			case 0:
				untold = append(untold, id)
			case 1:
			default:
				twice++
			}
		}
		return len(missing) == 0 && len(untold) == 0
	})
	p.t.Logf("%d presses acknowledged over %d kills: %d without an incident; %d alerts: %d that the carrier never saw, %d that it saw more than once",
		l.acked(), *kills, len(missing), alerts, len(untold), twice)
	if l.acked() < 50 {
		p.t.Errorf("only %d presses were acknowledged: that proves little", l.acked())
	}
}

// snapshot is every press that has an open incident, and the id of every alert.
func (p *process) snapshot() (presses map[string]bool, alerts []string) {
	p.t.Helper()
	req, err := http.NewRequest(http.MethodGet, "http://"+p.listen+"/v1/snapshot", nil)
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+testAPI)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	var shot struct {
		Incidents []struct {
			Presses []struct{ ID, Device string }
			Alerts  []struct{ ID string }
		}
	}
	if err := json.NewDecoder(res.Body).Decode(&shot); err != nil {
		p.t.Fatal(err)
	}
	presses = map[string]bool{}
	for _, inc := range shot.Incidents {
		for _, pr := range inc.Presses {
			presses[pr.Device+" "+pr.ID] = true
		}
		for _, a := range inc.Alerts {
			alerts = append(alerts, a.ID)
		}
	}
	return presses, alerts
}
