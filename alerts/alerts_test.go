package alerts

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestLogsMask(t *testing.T) {
	var buf bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&buf, nil))
	n := Notice{ID: "n1", Kind: ResponderAlert, Lang: "zh", To: "+8613800138789",
		Params:   map[string]string{"name": "王秀兰", "addr": "幸福里3号楼"},
		NotAfter: time.Unix(1e9, 0)}
	e := Event{Key: "twilio|SM1|sent", From: "+8613800138789", To: "+85261234567", Text: "1 王秀兰"}
	log.Info("sent", "notice", n, "event", e, "receipt", Receipt{Ref: "SM1"},
		"err", &Error{Provider: "twilio", Class: BadNumber, Code: "21211", Err: errors.New("'To' number +8613800138789 is not valid")})
	got := buf.String()
	for _, secret := range []string{"13800138", "6123456", "王秀兰", "幸福里"} {
		if strings.Contains(got, secret) {
			t.Errorf("log holds %q: %s", secret, got)
		}
	}
	for _, want := range []string{`"id":"n1"`, `"to":"***789"`, `"from":"***789"`, "21211", "SM1"} {
		if !strings.Contains(got, want) {
			t.Errorf("log lacks %s: %s", want, got)
		}
	}
}

func TestMask(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "12": "**", "+85261234567": "***567", "电话123": "***",
	} {
		if got := MaskPhone(in); got != want {
			t.Errorf("MaskPhone(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"call +8613800138789 now":    "call ***789 now",
		"8613800138789":              "***789",
		"error 21211 at 14:32 + 1":   "error 21211 at 14:32 + 1",
		"王+85261234567，+85269999111": "王***567，***111",
	} {
		if got := MaskPhones(in); got != want {
			t.Errorf("MaskPhones(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestNoticeCheck(t *testing.T) {
	ok := Notice{ID: "i37-c9-1.a_B", Kind: Drill, To: "+85261234567"}
	if err := ok.Check(); err != nil {
		t.Error(err)
	}
	for _, c := range []struct {
		why    string
		change func(*Notice)
	}{
		{"no id", func(n *Notice) { n.ID = "" }},
		{"id of 16 bytes", func(n *Notice) { n.ID = strings.Repeat("a", 16) }},
		{"id not ASCII", func(n *Notice) { n.ID = "号" }},
		{"id with &", func(n *Notice) { n.ID = "a&b" }},
		{"no kind", func(n *Notice) { n.Kind = "" }},
		{"no plus", func(n *Notice) { n.To = "85261234567" }},
		{"letters", func(n *Notice) { n.To = "+8526123x567" }},
		{"short", func(n *Notice) { n.To = "+123456" }},
		{"long", func(n *Notice) { n.To = "+1234567890123456" }},
	} {
		n := ok
		c.change(&n)
		if err := n.Check(); err == nil || errors.Is(err, ErrNumber) != (n.To != ok.To) {
			t.Errorf("%s: %v", c.why, err)
		}
	}
	n := ok
	n.To = "13800138789"
	if err := n.Check(); err == nil || strings.Contains(err.Error(), "13800138") {
		t.Errorf("the refusal shows the number: %v", err)
	}
}

func TestOutboxNeverPretends(t *testing.T) {
	var s Sender = Outbox{}
	r, err := s.Send(t.Context(), Notice{ID: "n1", Kind: Drill, To: "+85261234567"})
	if ClassOf(err) != NoCarrier || StateOf(r, err) != NotSent || r != (Receipt{}) {
		t.Errorf("outbox gave %+v, %v", r, err)
	}
	if !s.Caps().Serves("+8613800138000") || s.Caps().Receipts || s.Caps().TwoWay {
		t.Errorf("outbox promises %+v", s.Caps())
	}
}

func TestReadHookIsBounded(t *testing.T) {
	for _, c := range []struct {
		n  int
		ok bool
	}{{0, true}, {MaxHookBody, true}, {MaxHookBody + 1, false}} {
		r := httptest.NewRequest("POST", "/hooks/x", strings.NewReader(strings.Repeat("a", c.n)))
		b, err := ReadHook(httptest.NewRecorder(), r)
		if c.ok && (err != nil || len(b) != c.n) || !c.ok && !errors.Is(err, ErrMalformed) {
			t.Errorf("%d bytes: read %d, %v", c.n, len(b), err)
		}
	}
	r := httptest.NewRequest("POST", "/hooks/x", io.MultiReader(strings.NewReader("a"), broken{}))
	if _, err := ReadHook(httptest.NewRecorder(), r); !errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, ErrMalformed) {
		t.Errorf("cut body: %v", err)
	}
}

func TestIsRef(t *testing.T) {
	for s, want := range map[string]bool{
		"SM0123456789abcdef0123456789abcdef": true, "12345^0": true, "8:S79-a/b": true, strings.Repeat("x", 64): true,
		"": false, "a|b": false, "a b": false, "号": false, "a\n": false, strings.Repeat("x", 65): false,
	} {
		if IsRef(s) != want {
			t.Errorf("IsRef(%q) = %v", s, !want)
		}
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
