package webhook_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"onekeyd/alerts"
	"onekeyd/alerts/sms/webhook"
)

const (
	zhang  = "+8613800138000"
	secret = "k7Pq2_xW-9vRtY4m"
)

func sender(t testing.TB, change func(*webhook.Options)) *webhook.Sender {
	t.Helper()
	o := webhook.Options{URL: "https://gateway.example/notices", Secret: secret}
	if change != nil {
		change(&o)
	}
	s, err := webhook.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func notice(to string) alerts.Notice {
	return alerts.Notice{ID: "i37-c9-1", Kind: alerts.ResponderAlert, Lang: "zh", To: to, Params: map[string]string{"code": "37", "addr": "幸福里3号楼2单元401", "name": "王秀兰"}}
}

// The bytes on the wire, and what the gateway's own check of them says.
func TestWire(t *testing.T) {
	var got *http.Request
	var body string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		got, body = r, string(raw)
		w.WriteHeader(http.StatusAccepted)
		io.WriteString(w, `{"ref":"77"}`)
	}))
	defer srv.Close()
	s := sender(t, func(o *webhook.Options) { o.URL = srv.URL + "/notices" })
	n := notice(zhang)
	n.NotAfter = time.Date(2099, 1, 2, 3, 4, 5, 0, time.FixedZone("CST", 8*3600))
	r, err := s.Send(t.Context(), n)
	if err != nil || r != (alerts.Receipt{Ref: "77", State: alerts.Handed, Segments: 1}) {
		t.Fatalf("%+v, %v", r, err)
	}
	const want = `{"id":"i37-c9-1","kind":"responder_alert","language":"zh","to":"+8613800138000","text":"【安康一键通】求助37号：幸福里3号楼2单元401，王秀兰。接单回复1，去不了回复2。",` +
		`"params":{"addr":"幸福里3号楼2单元401","code":"37","name":"王秀兰"},"not_after":"2099-01-01T19:04:05Z"}`
	if body != want || got.Method != "POST" || got.URL.RequestURI() != "/notices" || got.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%s %s %v\n%s\nwant\n%s", got.Method, got.URL, got.Header, body, want)
	}
	signature := got.Header.Get("Onekeyd-Signature")
	seconds, _, _ := strings.Cut(strings.TrimPrefix(signature, "t="), ",")
	unix, err := strconv.ParseInt(seconds, 10, 64)
	at := time.Unix(unix, 0)
	if err != nil || time.Since(at).Abs() > time.Minute || signature != webhook.Sign(secret, at, []byte(body)) {
		t.Errorf("signature %s", signature)
	}
}

func TestServes(t *testing.T) {
	some := sender(t, func(o *webhook.Options) { o.Prefixes = "+86, +852" })
	for to, want := range map[string]bool{zhang: true, "+85261234567": true, "+447700900123": false} {
		if some.Caps().Serves(to) != want || !sender(t, nil).Caps().Serves(to) {
			t.Errorf("%s: %v", to, !want)
		}
	}
	if c := sender(t, func(o *webhook.Options) { o.PerSecond = 2 }).Caps(); c.PerSecond != 2 || c.Burst != 1 {
		t.Errorf("caps %+v", c)
	}
	if _, err := some.Send(t.Context(), notice("+447700900123")); alerts.ClassOf(err) != alerts.BadNumber {
		t.Errorf("a number that is not served: %v", err)
	}
}

func TestRefusedBeforeAnyRequest(t *testing.T) {
	s := sender(t, func(o *webhook.Options) {
		o.Transport = gateway(func(*http.Request) (*http.Response, error) {
			t.Error("a request was made")
			return nil, errors.New("x")
		})
	})
	for _, c := range []struct {
		why    string
		change func(*alerts.Notice)
		want   alerts.Class
	}{
		{"no number", func(n *alerts.Notice) { n.To = "张敏" }, alerts.BadNumber},
		{"long id", func(n *alerts.Notice) { n.ID = "0123456789abcdef" }, alerts.BadContent},
		{"no address", func(n *alerts.Notice) { n.Params["addr"] = "" }, alerts.BadContent},
		{"unknown kind", func(n *alerts.Notice) { n.Kind = "nonsense" }, alerts.BadContent},
		{"stale", func(n *alerts.Notice) { n.NotAfter = time.Now().Add(-time.Second) }, alerts.Stale},
	} {
		n := notice(zhang)
		c.change(&n)
		if _, err := s.Send(t.Context(), n); alerts.ClassOf(err) != c.want {
			t.Errorf("%s: %v", c.why, err)
		}
	}
}

// gateway answers in-process.
type gateway func(*http.Request) (*http.Response, error)

func (g gateway) RoundTrip(r *http.Request) (*http.Response, error) { return g(r) }

func answers(status int, body string, header ...string) gateway {
	return func(r *http.Request) (*http.Response, error) {
		h := http.Header{}
		for i := 0; i+1 < len(header); i += 2 {
			h.Set(header[i], header[i+1])
		}
		return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
	}
}

func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		why   string
		g     gateway
		class alerts.Class
		code  string
		wait  time.Duration
	}{
		{"200 and no word", answers(200, ""), "", "", 0},
		{"204", answers(204, ""), "", "", 0},
		{"an odd ref", answers(200, `{"ref":"a b"}`), "", "", 0},
		{"later", answers(503, "", "Retry-After", "7"), alerts.Transient, "", 7 * time.Second},
		{"too many, and a lie", answers(429, `{"class":"bad_number","code":"E1"}`), alerts.Transient, "E1", 0},
		{"refused", answers(400, "<html>"), alerts.BadContent, "", 0},
		{"the number's fault", answers(422, `{"class":"bad_number","code":"E12"}`), alerts.BadNumber, "E12", 0},
		{"the gateway's fault", answers(400, `{"class":"bad_account"}`), alerts.BadAccount, "", 0},
		{"no class of theirs", answers(400, `{"class":"transient","code":"号"}`), alerts.BadContent, "", 0},
		{"wrong secret", answers(401, ""), alerts.BadAccount, "", 0},
		{"wrong address", answers(404, ""), alerts.BadAccount, "", 0},
		{"redirect", answers(307, "", "Location", "https://elsewhere.example"), alerts.BadAccount, "", 0},
		{"internal", answers(500, `{"class":"bad_number"}`), alerts.Unclear, "", 0},
		{"gateway before it", answers(502, ""), alerts.Unclear, "", 0},
		{"lost", func(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF }, alerts.Unclear, "", 0},
		{"hangs", func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, context.Cause(r.Context())
		}, alerts.Unclear, "", 0},
	} {
		t.Run(c.why, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				asked := 0
				s := sender(t, func(o *webhook.Options) {
					o.Transport = gateway(func(r *http.Request) (*http.Response, error) { asked++; return c.g(r) })
				})
				r, err := s.Send(t.Context(), notice(zhang))
				if alerts.ClassOf(err) != c.class || asked != 1 {
					t.Fatalf("class %q after %d requests: %v", alerts.ClassOf(err), asked, err)
				}
				if e, ok := errors.AsType[*alerts.Error](err); ok && (e.Code != c.code || e.RetryAfter != c.wait || e.Provider != "webhook") {
					t.Errorf("error %+v", e)
				}
				if err == nil && (r.State != alerts.Handed || r.Ref != "") {
					t.Errorf("receipt %+v", r)
				}
			})
		})
	}
}

func TestNewRefuses(t *testing.T) {
	_, err := webhook.New(webhook.Options{URL: "ftp://a", Secret: "short", Prefixes: "+86,86,x", Timeout: -1})
	for _, want := range []string{"url is no", "secret is shorter", `holds "86", which`, `holds "x", which`, "negative"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not named: %v", want, err)
		}
	}
	if err != nil && strings.Contains(err.Error(), "short ") {
		t.Errorf("the error shows the secret: %v", err)
	}
}
