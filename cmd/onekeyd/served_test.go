package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"onekeyd/cmd/onekeyd/settings"
	"onekeyd/dispatch"
	"onekeyd/dispatch/registry"
)

const mainland = "id,name,kind,phone,lat,lon,datum,areas,language,on_duty,organisation\nR-1,张敏,worker,+8613800138001,37.59,118.55,wgs84,,zh,yes,\nR-2,李强,worker,+85251110002,37.59,118.55,wgs84,,zh,yes,\n"

// whoHasOnlyTwilio is a centre that begins with a carrier that does not serve its country.
func whoHasOnlyTwilio(t *testing.T) (data, files string) {
	t.Helper()
	home(t)
	data, files = filepath.Join(t.TempDir(), "data"), t.TempDir()
	t.Setenv("ONEKEYD_DATA", data)
	if err := os.WriteFile(filepath.Join(files, "responders.csv"), []byte(mainland), 0o600); err != nil {
		t.Fatal(err)
	}
	return data, files
}

func withTwilio(t *testing.T) {
	t.Helper()
	for name, value := range map[string]string{"TWILIO_ACCOUNT_SID": "AC00000000000000000000000000000001", "TWILIO_AUTH_TOKEN": "x", "TWILIO_FROM": "+15005550006", "ONEKEYD_SMS_TWILIO_BASE_URL": "http://127.0.0.1:9"} {
		t.Setenv(name, value)
	}
}

func refusesIt(t *testing.T, what string, err error) {
	t.Helper()
	for _, want := range []string{"numbers of 1 responder, such as ***001", "none of twilio serves", "sms.aliyun, sms.tencent or sms.webhook", "sms.unserved"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s does not say %q: %v", what, want, err)
		}
	}
	if err != nil && strings.Contains(err.Error(), "13800138") {
		t.Errorf("%s shows the number: %v", what, err)
	}
}

// A centre whose people Twilio cannot tell does not start with Twilio alone,
// unless it says that it knows.
func TestServeRefusesWhomNobodyServes(t *testing.T) {
	_, files := whoHasOnlyTwilio(t)
	if _, err := tool(t, "import", files); err != nil {
		t.Fatalf("without any carrier nothing is promised, and nothing refused: %v", err)
	}
	withTwilio(t)
	serve := []string{"serve", "-http-listen", "127.0.0.1:0", "-nats-listen", "127.0.0.1:0", "-mqtt-listen", "off"}
	_, err := tool(t, serve...)
	refusesIt(t, "serve", err)
	out, err := tool(t, "check")
	if err == nil || !strings.Contains(out, "must be mended: none of twilio serves the numbers of 1 responder, such as ***001") {
		t.Errorf("check: %q, %v", out, err)
	}
	_, err = tool(t, "import", files)
	if err == nil || !strings.Contains(err.Error(), "nothing was imported: 2 problems") {
		t.Errorf("import: %v", err)
	}

	t.Setenv("ONEKEYD_SMS_UNSERVED", "warn")
	if out, err = tool(t, "import", files); err != nil || !strings.Contains(out, "nothing to change") {
		t.Errorf("import, knowing: %q, %v", out, err)
	}
	if out, _ = tool(t, "check"); !strings.Contains(out, "cannot be promised: 1 responder has a number (***001) that none of twilio serves") || strings.Contains(out, "must be mended: none of") {
		t.Errorf("check, knowing: %q", out)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var printed, logged said
	done := make(chan error, 1)
	go func() { done <- run(ctx, serve, &printed, &logged) }()
	eventually(t, "it starts, knowing", func() bool { return strings.Contains(printed.String(), "/link/") })
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// The same is refused of a daemon that runs, record by record.
func TestRecordsNobodyServesAreRefused(t *testing.T) {
	scenario(t, func(t *testing.T, w *world) {
		put := func(path, body string) *httptest.ResponseRecorder {
			req := httptest.NewRequest(http.MethodPut, path, strings.NewReader(body)).WithContext(t.Context())
			req.Header.Set("Authorization", "Bearer "+testAPI)
			rec := httptest.NewRecorder()
			w.d.handler.ServeHTTP(rec, req)
			return rec
		}
		const responder = `{"name":"孙丽","kind":"worker","phone":%s,"lat":37.59,"lon":118.55,"datum":"wgs84","language":"zh","on_duty":"yes"}`
		for _, c := range []struct {
			path, body string
			code       int
			says       string
		}{
			{"/v1/directory/responders/R-9", strings.Replace(responder, "%s", `"138 0013 8001"`, 1), 400, "none of twilio serves"},
			{"/v1/directory/elders/E-wang/contacts/2", `{"name":"王芳","relation":"女儿","phone":"+8613800138001","language":"zh"}`, 400, `"field":"phone"`},
			{"/v1/directory/responders/R-9", strings.Replace(responder, "%s", `"+85251110077"`, 1), 201, "孙丽"},
			{"/v1/directory/responders/R-9", strings.Replace(responder, "%s", `"not a number"`, 1), 400, "phone"},
			{"/v1/directory/responders/R-9", strings.Replace(responder, "%s", `5`, 1), 400, "phone"},
			{"/v1/directory/responders/R-9", `{`, 400, "JSON"},
			{"/v1/directory/devices/D-9", `{"phone":"+8613800138001"}`, 201, "D-9"}, // nobody is told by it
		} {
			if rec := put(c.path, c.body); rec.Code != c.code || !strings.Contains(rec.Body.String(), c.says) {
				t.Errorf("%s %s: %d %s", c.path, c.body, rec.Code, rec.Body)
			}
		}
		w.d.cfg.SMS.Unserved = settings.Warn
		if rec := put("/v1/directory/responders/R-9", strings.Replace(responder, "%s", `"+8613800138001"`, 1)); rec.Code != 200 {
			t.Errorf("knowing: %d %s", rec.Code, rec.Body)
		}
		if err := w.d.refuseUnserved(); err != nil {
			t.Errorf("knowing: %v", err)
		}
		w.d.cfg.SMS.Unserved = settings.Refuse
		refusesIt(t, "the next start", w.d.refuseUnserved())
		w.d.cfg.SMS.Unserved = settings.Warn
		after(1e9)
	})
}

// An import names the first of many, and says how many there are.
func TestImportNamesWhomNobodyServes(t *testing.T) {
	b := registry.NewBatch()
	for n := range 50 {
		if err := b.AddResponder(dispatch.Responder{ID: dispatch.ResponderID(fmt.Sprintf("R-%d", n)), Name: "张敏", Kind: dispatch.Worker, Phone: fmt.Sprintf("+86138001380%02d", n)}); err != nil {
			t.Fatal(err)
		}
	}
	scenario(t, func(t *testing.T, w *world) {
		got := unservedIn(b, w.d.cfg.SMS, w.d.carriers)
		if len(got) != unservedShown+1 || !strings.HasPrefix(got[0].String(), "responders/R-") || !strings.Contains(got[unservedShown].String(), "numbers of 50 responders") {
			t.Errorf("%d problems: %v", len(got), got)
		}
	})
}
