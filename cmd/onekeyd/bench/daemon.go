package bench

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// startTime is how long a daemon may take until it is ready.
const startTime = 3 * time.Minute

// daemon is a running onekeyd.
type daemon struct {
	*child
	http, nats   string // addresses
	gateway, api string // tokens
	log          string // file
	ready        time.Duration
	rss, peak    int
	link         *firstLink
}

// startDaemon runs serve on a data folder and returns when it takes presses on
// a directory that has this device.
func startDaemon(ctx context.Context, o Options, name, data string, carrier *carrier, device string) (_ *daemon, err error) {
	d := &daemon{gateway: rand.Text(), api: rand.Text(), link: newFirstLink(), log: filepath.Join(filepath.Dir(data), name+".log")}
	if d.http, err = freeAddress(); err != nil {
		return nil, err
	}
	if d.nats, err = freeAddress(); err != nil {
		return nil, err
	}
	sid, token := carrier.sim.Account()
	settings := map[string]string{
		"ONEKEYD_DATA": data, "ONEKEYD_HTTP_LISTEN": d.http, "ONEKEYD_NATS_LISTEN": d.nats, "ONEKEYD_MQTT_LISTEN": "off", "ONEKEYD_CANARY_EVERY": "off",
		"ONEKEYD_GATEWAY_TOKEN": d.gateway, "ONEKEYD_API_TOKEN": d.api,
		"TWILIO_ACCOUNT_SID": sid, "TWILIO_AUTH_TOKEN": token, "TWILIO_FROM": "+15005550006",
		"ONEKEYD_VOICE_TWILIO_FROM":   "off", // nobody answers here, and it is texts that are measured
		"ONEKEYD_SMS_TWILIO_BASE_URL": carrier.sim.URL(), "ONEKEYD_PLANS": filepath.Join(filepath.Dir(data), "plans.toml"),
	}
	if err := os.WriteFile(settings["ONEKEYD_PLANS"], []byte(planFor(o.SMS)), 0o600); err != nil {
		return nil, fmt.Errorf("write the plan: %w", err)
	}
	args := []string{"serve"}
	if o.Profile != "" {
		args = []string{"bench", "profiled-serve", filepath.Join(o.Profile, name+".pprof")}
	}
	log, err := os.Create(d.log)
	if err != nil {
		return nil, fmt.Errorf("make the daemon's log: %w", err)
	}
	defer log.Close() // the child has its own
	if d.child, err = launch(o.Exe, args, settings, d.link, log); err != nil {
		return nil, err
	}
	if err := d.await(ctx, device); err != nil {
		d.stop()
		return nil, fmt.Errorf("wait for the daemon: %w\n%s", err, tailOf(d.log))
	}
	d.ready = time.Since(d.started)
	d.rss, d.peak = memoryOf(d.pid())
	return d, nil
}

// await returns when the daemon is ready and knows the device.
func (d *daemon) await(ctx context.Context, device string) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if d.says(ctx, "/readyz") && d.says(ctx, "/v1/directory/devices/"+device) {
			return nil
		}
		select {
		case <-tick.C:
		case <-d.ended:
			return errors.Join(errEnded, d.err)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// says reports whether a GET is answered 200.
func (d *daemon) says(ctx context.Context, path string) bool {
	body, err := d.get(ctx, path)
	if err != nil {
		return false
	}
	_, err = io.Copy(io.Discard, body)
	return errors.Join(err, body.Close()) == nil
}

// get asks the daemon with the API token; anything but 200 is an error.
func (d *daemon) get(ctx context.Context, path string) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+d.http+path, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+d.api)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		res.Body.Close()
		return nil, fmt.Errorf("get %s: %s", path, res.Status)
	}
	return res.Body, nil
}

// warnings counts the lines of the log at WARN or above, and gives the first few.
func (d *daemon) warnings() (count int, first []string) {
	f, err := os.Open(d.log)
	if err != nil {
		return 0, nil
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		b := lines.Bytes()
		loud := bytes.Contains(b, []byte(`"level":"WARN"`)) || bytes.Contains(b, []byte(`"level":"ERROR"`))
		if !loud || bytes.Contains(b, []byte(`"msg":"cannot be promised"`)) { // that one is said at every start
			continue
		}
		if count++; len(first) < 3 {
			first = append(first, string(b))
		}
	}
	return count, first
}

func tailOf(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(data[max(0, len(data)-2000):]))
}

// freeAddress finds a port that nobody has. Somebody may take it before the
// daemon does, which then says so and ends.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().String(), nil
}
