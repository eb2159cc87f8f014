package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"onekeyd/alerts/sms/templatesim"
	"onekeyd/alerts/sms/twiliosim"
	"onekeyd/alerts/sms/webhook"
	"onekeyd/dispatch"
	"onekeyd/dispatch/registry"
	"onekeyd/geo"
)

const (
	mei, meiPhone = dispatch.ResponderID("R-mei"), "+8613800138001"
	hookSecret    = "k7Pq2_xW-9vRtY4m"
)

// byHost is the way to several carriers.
type byHost map[string]http.RoundTripper

func (b byHost) RoundTrip(r *http.Request) (*http.Response, error) {
	if way, ok := b[r.URL.Host]; ok {
		return way.RoundTrip(r)
	}
	return nil, fmt.Errorf("nobody is at %s", r.URL.Host)
}

// approvedFile writes a template for every kind that the estate needs.
func approvedFile(t *testing.T, named bool) string {
	t.Helper()
	var b strings.Builder
	for n, kind := range []string{"responder_alert", "accept_confirm", "cannot_go_ack", "family_alert", "escalate"} {
		vars := `["${code}", "${addr}", "${name}"]`
		if named {
			vars = `{ code = "${code}", addr = "${addr}", name = "${name}" }`
		}
		fmt.Fprintf(&b, "[[template]]\nkind = %q\nlanguage = \"zh\"\ncode = \"T%d\"\nvars = %s\n", kind, n, vars)
	}
	path := filepath.Join(t.TempDir(), "templates.toml")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func approvedTexts(named bool) (out []templatesim.Template) {
	for n, text := range []string{"求助：1、2、3。接单回复1，去不了回复2。", "由您负责：1、2、3。", "已记录您无法前往：1、2、3。", "紧急求助：1、2、3。", "无人接单：1、2、3。"} {
		for i, name := range []string{"${code}", "${addr}", "${name}"} {
			if !named {
				name = fmt.Sprintf("{%d}", i+1)
			}
			text = strings.Replace(text, fmt.Sprint(i+1), name, 1)
		}
		out = append(out, templatesim.Template{Code: fmt.Sprintf("T%d", n), Text: text})
	}
	return out
}

// china is the estate with carriers of mainland China beside Twilio.
func china(t *testing.T, dialect templatesim.Dialect, change func(*templatesim.Options), story func(t *testing.T, w *world, sim *templatesim.Sim)) {
	t.Helper()
	var sim *templatesim.Sim
	scenarioWith(t, func(w *world) {
		o := templatesim.Options{
			Dialect: dialect, KeyID: "id", Secret: "key", App: "1400006666", SignName: "安康一键通", Templates: approvedTexts(dialect == templatesim.Aliyun),
			HookURL: "http://127.0.0.1:8080/hooks/" + string(dialect) + "/" + hookSecret, Pushes: callbacks{w},
		}
		if change != nil {
			change(&o)
		}
		sim = templatesim.New(o)
		w.extra = []string{
			"ONEKEYD_SMS_ALIYUN_ACCESS_KEY_ID=id", "ONEKEYD_SMS_ALIYUN_ACCESS_KEY_SECRET=key", "ONEKEYD_SMS_ALIYUN_SIGN_NAME=安康一键通",
			"ONEKEYD_SMS_ALIYUN_TEMPLATES=" + approvedFile(t, true), "ONEKEYD_SMS_ALIYUN_HOOK_SECRET=" + hookSecret,
		}
		if dialect == templatesim.Tencent {
			w.extra = []string{
				"ONEKEYD_SMS_TENCENT_SECRET_ID=id", "ONEKEYD_SMS_TENCENT_SECRET_KEY=key", "ONEKEYD_SMS_TENCENT_APP_ID=1400006666", "ONEKEYD_SMS_TENCENT_SIGN_NAME=安康一键通",
				"ONEKEYD_SMS_TENCENT_TEMPLATES=" + approvedFile(t, false), "ONEKEYD_SMS_TENCENT_HOOK_SECRET=" + hookSecret,
			}
		}
		w.way = byHost{"dysmsapi.aliyuncs.com": sim.RoundTripper(), "sms.tencentcloudapi.com": sim.RoundTripper(), "api.twilio.com": w.sim.RoundTripper()}
	}, func(t *testing.T, w *world) {
		w.mainlander()
		story(t, w, sim)
		sim.Close()
	})
}

// mainlander adds Mei, who lives next door and has a number of mainland China.
func (w *world) mainlander() {
	w.t.Helper()
	b := registry.NewBatch()
	w.must(b.AddResponder(dispatch.Responder{ID: mei, Name: "梅", Kind: dispatch.Worker, Phone: meiPhone, Base: geo.Point{Lat: 37.59, Lon: 118.55}, Areas: []string{"G1"}, OnDuty: true, Language: "zh"}))
	if _, err := w.d.registry.Import(w.t.Context(), b, registry.Options{By: "test"}); err != nil {
		w.t.Fatal(err)
	}
	synctest.Wait()
}

// A press reaches a mainland number through the carrier that serves it and
// everybody else through theirs; her answer, and the receipt, come back.
func TestMainlandIsTold(t *testing.T) {
	for name, c := range map[string]struct {
		dialect templatesim.Dialect
		change  func(*templatesim.Options)
	}{
		"aliyun":                 {dialect: templatesim.Aliyun},
		"tencent":                {dialect: templatesim.Tencent},
		"tencent without our id": {dialect: templatesim.Tencent, change: func(o *templatesim.Options) { o.NoSession = true }},
	} {
		t.Run(name, func(t *testing.T) {
			china(t, c.dialect, c.change, func(t *testing.T, w *world, sim *templatesim.Sim) {
				w.press("D-wang")
				after(time.Second)
				got := sim.To(meiPhone)
				if len(got) != 1 || !strings.Contains(got[0].Text, "幸福里3号楼2单元401、王秀兰。接单回复1") {
					t.Fatalf("Mei was told %+v", got)
				}
				w.expectTexts(zhangPhone, "幸福里3号楼") // through Twilio
				if a := w.alert("E-wang", string(mei)); a.State != dispatch.AlertHanded || a.Carrier != string(c.dialect) || a.Ref != got[0].Ref {
					t.Errorf("handed: %+v", a)
				}
				after(10 * time.Second)
				if a := w.alert("E-wang", string(mei)); a.State != dispatch.AlertDelivered {
					t.Errorf("the receipt made it %s", a.State)
				}
				if err := sim.Reply(meiPhone, "1"); err != nil {
					t.Fatal(err)
				}
				after(time.Second)
				if o, _ := w.incident("E-wang").Offer(mei); o.State != dispatch.Accepted {
					t.Errorf("Mei answered 1 and is %s", o.State)
				}
				if got := sim.To(meiPhone); len(got) != 2 || !strings.Contains(got[1].Text, "由您负责") {
					t.Errorf("confirmed by %+v", got)
				}
				var ready readiness
				if w.get("/readyz", &ready); ready.Checks["carrier"] != "ok: "+string(c.dialect)+", twilio" {
					t.Errorf("ready with %q", ready.Checks["carrier"])
				}
				if st := sim.Stats(); st.PushesFailed != 0 {
					t.Errorf("stats %+v", st)
				}
			})
		})
	}
}

// Nobody's word is taken without the secret, and the carrier may ask whether we are there.
func TestMainlandHooks(t *testing.T) {
	china(t, templatesim.Aliyun, nil, func(t *testing.T, w *world, sim *templatesim.Sim) {
		sim.SetBehaviour(templatesim.Always(templatesim.Loses()))
		w.press("D-wang")
		after(time.Second)
		a := w.alert("E-wang", string(mei))
		delivered := fmt.Sprintf(`[{"phone_number":"13800138001","success":true,"err_code":"DELIVERED","biz_id":%q,"out_id":%q}]`, a.Ref, a.ID)
		for _, c := range []struct {
			method, path, body string
			code               int
		}{
			{"POST", "/hooks/aliyun/another-secret-of-theirs/report", delivered, http.StatusForbidden},
			{"POST", "/hooks/aliyun/report", delivered, http.StatusForbidden},
			{"POST", "/hooks/aliyun/" + hookSecret + "/report", "nonsense", http.StatusBadRequest},
			{"GET", "/hooks/aliyun/" + hookSecret + "/up", "", http.StatusOK},
			{"GET", "/hooks/aliyun/another-secret-of-theirs/up", "", http.StatusForbidden},
			{"POST", "/hooks/tencent/" + hookSecret + "/report", delivered, http.StatusNotFound}, // not set up
		} {
			rec := httptest.NewRecorder()
			w.d.handler.ServeHTTP(rec, httptest.NewRequest(c.method, c.path, strings.NewReader(c.body)).WithContext(t.Context()))
			if rec.Code != c.code {
				t.Errorf("%s %s: %d %s, want %d", c.method, c.path, rec.Code, rec.Body, c.code)
			}
		}
		synctest.Wait()
		if a := w.alert("E-wang", string(mei)); a.State != dispatch.AlertHanded {
			t.Errorf("a forged receipt made the alert %s", a.State)
		}
		rec := httptest.NewRecorder()
		w.d.handler.ServeHTTP(rec, httptest.NewRequest("POST", "/hooks/aliyun/"+hookSecret+"/report", strings.NewReader(delivered)).WithContext(t.Context()))
		if rec.Code != http.StatusOK || rec.Body.String() != `{"code":0,"msg":"ok"}` {
			t.Errorf("a true one is answered %d %s", rec.Code, rec.Body)
		}
		after(time.Second)
		if a := w.alert("E-wang", string(mei)); a.State != dispatch.AlertDelivered {
			t.Errorf("a true receipt made the alert %s", a.State)
		}
	})
}

// A gateway of the centre's own carries what nobody else serves.
func TestGatewayIsHandedTheNotice(t *testing.T) {
	var mu sync.Mutex // guards posts
	var posts []map[string]any
	scenarioWith(t, func(w *world) {
		w.extra = []string{"ONEKEYD_SMS_WEBHOOK_URL=http://gateway.example/notices", "ONEKEYD_SMS_WEBHOOK_SECRET=" + hookSecret, "ONEKEYD_SMS_WEBHOOK_PREFIXES=+86"}
		gateway := http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			raw, err := io.ReadAll(r.Body)
			var x map[string]any
			if err != nil || json.Unmarshal(raw, &x) != nil {
				t.Errorf("%s, %v", raw, err)
			}
			mu.Lock()
			posts = append(posts, x)
			mu.Unlock()
			rw.WriteHeader(http.StatusAccepted)
		})
		w.way = byHost{"gateway.example": twiliosim.ServeWith(gateway), "api.twilio.com": w.sim.RoundTripper()}
	}, func(t *testing.T, w *world) {
		w.mainlander()
		w.press("D-wang")
		after(time.Second)
		mu.Lock()
		if len(posts) != 1 || posts[0]["to"] != meiPhone || !strings.Contains(fmt.Sprint(posts[0]["text"]), "幸福里3号楼2单元401") {
			t.Fatalf("posted %v", posts)
		}
		id := posts[0]["id"]
		mu.Unlock()
		tell := func(events string) int {
			body := `{"events":[` + events + `]}`
			req := httptest.NewRequest(http.MethodPost, "/hooks/webhook/", bytes.NewReader([]byte(body))).WithContext(t.Context())
			req.Header.Set("Onekeyd-Signature", webhook.Sign(hookSecret, time.Now(), []byte(body)))
			rec := httptest.NewRecorder()
			w.d.handler.ServeHTTP(rec, req)
			return rec.Code
		}
		said := fmt.Sprintf(`{"id":%q,"state":"delivered"},{"key":"mo-1","from":%q,"text":"1"}`, id, meiPhone)
		for range 2 { // a gateway that missed our answer says it again
			if code := tell(said); code != http.StatusOK {
				t.Errorf("answered %d", code)
			}
		}
		after(time.Second)
		if a := w.alert("E-wang", string(mei)); a.State != dispatch.AlertDelivered || a.Carrier != "webhook" {
			t.Errorf("%+v", a)
		}
		if o, _ := w.incident("E-wang").Offer(mei); o.State != dispatch.Accepted {
			t.Errorf("Mei answered 1 and is %s", o.State)
		}
		mu.Lock()
		defer mu.Unlock()
		if len(posts) != 2 { // told, and confirmed once
			t.Errorf("posted %d times", len(posts))
		}
	})
}
