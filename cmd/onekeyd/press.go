package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"onekeyd/cmd/onekeyd/settings"
	"onekeyd/devices/downlink"
	"onekeyd/devices/httpgate"
	"onekeyd/dispatch"
)

// press presses a key through the HTTP gateway, as a device does, and says what became of it.
func press(ctx context.Context, c *call) error {
	kind := c.flags.String("kind", string(dispatch.SOS), "sos, fall, inactivity, service, test or cancel")
	id := c.flags.String("id", "", "identity of the press; the same one again is a retransmission")
	wait := c.flags.Duration("wait", 3*time.Second, "how long to wait for what becomes of it")
	cfg, args, err := c.parse(1)
	if err != nil {
		return err
	}
	body := dispatch.EncodePress(dispatch.Press{Device: dispatch.DeviceID(args[0]), Kind: dispatch.Kind(*kind), ID: dispatch.PressID(*id), At: time.Now()})
	if _, err := dispatch.DecodePress(body); err != nil {
		return err
	}
	began := time.Now()
	var stored struct {
		Press    dispatch.PressID `json:"press"`
		StoredAt time.Time        `json:"stored_at"`
	}
	if err := ask(ctx, cfg, http.MethodPost, httpgate.Path, "gateway.token", cfg.GatewayToken, body, &stored); err != nil {
		return fmt.Errorf("press %s: %w", args[0], err)
	}
	fmt.Fprintf(c.stdout, "press %s stored after %s\n", stored.Press, time.Since(began).Round(100*time.Microsecond))
	if *wait <= 0 || *kind == string(dispatch.Test) {
		return nil
	}
	return watch(ctx, c, cfg, dispatch.DeviceID(args[0]), stored.Press, began.Add(*wait))
}

// watch shows the incident of a press once a carrier has answered for every
// alert, or the time is over.
func watch(ctx context.Context, c *call, cfg settings.Settings, device dispatch.DeviceID, press dispatch.PressID, until time.Time) error {
	for {
		var shot struct {
			Incidents []shown `json:"incidents"`
		}
		if err := ask(ctx, cfg, http.MethodGet, "/v1/snapshot", "api.token", cfg.APIToken, nil, &shot); err != nil {
			return fmt.Errorf("look at the incidents: %w", err)
		}
		over := time.Now().After(until)
		for _, inc := range shot.Incidents {
			if inc.has(press) && (over || !inc.waiting()) {
				tell(c.stdout, inc)
				return hear(ctx, c.stdout, cfg, device)
			}
		}
		if over {
			return errors.New("stored, but it has no open incident: see onekeyd check")
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// shown is what this command shows of an incident in the snapshot.
type shown struct {
	ID      string `json:"id"`
	Code    string `json:"code"`
	Device  string `json:"device"`
	State   string `json:"state"`
	Name    string `json:"name"`
	Addr    string `json:"address"`
	Desk    string `json:"desk"`
	Unknown string `json:"unknown"`
	Presses []struct {
		ID dispatch.PressID `json:"id"`
	} `json:"presses"`
	Offers []struct {
		Responder string `json:"responder"`
		Name      string `json:"name"`
		State     string `json:"state"`
		Why       string `json:"why"`
	} `json:"offers"`
	Alerts []struct {
		To    string `json:"to"`
		State string `json:"state"`
	} `json:"alerts"`
}

func (i shown) has(press dispatch.PressID) bool {
	for _, p := range i.Presses {
		if p.ID == press {
			return true
		}
	}
	return false
}

// waiting reports whether some alert has no answer of a carrier yet.
func (i shown) waiting() bool {
	for _, a := range i.Alerts {
		if a.State == string(dispatch.AlertIntended) {
			return true
		}
	}
	return false
}

func tell(w io.Writer, inc shown) {
	who := strings.TrimSpace(inc.Name + " " + inc.Addr)
	if inc.Unknown != "" {
		who = inc.Unknown + " " + inc.Device
	}
	fmt.Fprintf(w, "incident %s (#%s) is %s: %s\n", inc.ID, inc.Code, inc.State, who)
	if inc.Desk != "" {
		fmt.Fprintf(w, "  for the desk: %s\n", inc.Desk)
	}
	for _, o := range inc.Offers {
		fmt.Fprintf(w, "  asked %s %s, %s: %s\n", o.Responder, o.Name, o.State, o.Why)
	}
	for _, a := range inc.Alerts {
		fmt.Fprintf(w, "  SMS to %s: %s\n", a.To, a.State)
	}
}

// hear shows what the elder is told by now.
func hear(ctx context.Context, w io.Writer, cfg settings.Settings, device dispatch.DeviceID) error {
	var m downlink.Message
	if err := ask(ctx, cfg, http.MethodGet, downlink.PollPath+url.PathEscape(string(device)), "gateway.token", cfg.GatewayToken, nil, &m); err != nil {
		return fmt.Errorf("ask what device %s is told: %w", device, err)
	}
	if !m.Nothing() {
		fmt.Fprintf(w, "  the elder hears: %s\n", m.Text)
	}
	return nil
}

// ask speaks to the daemon that these settings name. A token that is not set is read from the data folder.
func ask(ctx context.Context, cfg settings.Settings, method, path, file string, token settings.Secret, body []byte, into any) error {
	secret := token.Reveal()
	if secret == "" {
		data, err := os.ReadFile(filepath.Join(cfg.Data, file))
		if err != nil {
			return fmt.Errorf("no token is set and the data folder has none (has a daemon run here?): %w", err)
		}
		secret = strings.TrimSpace(string(data))
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, "http://"+cfg.HTTP.Listen+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+secret)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("is the daemon running? %w", err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(io.LimitReader(res.Body, 64<<20))
	if err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	if res.StatusCode >= 300 {
		return fmt.Errorf("the daemon answers %s: %s", res.Status, bytes.TrimSpace(data))
	}
	if res.StatusCode == http.StatusNoContent {
		return nil
	}
	return json.Unmarshal(data, into)
}
