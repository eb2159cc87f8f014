package twilioapi

import (
	"bufio"
	"encoding/json"
	"errors"
	"net/http/httptest"
	"net/url"
	"os"
	"testing"

	"github.com/twilio/twilio-go/client"

	"onekeyd/alerts"
	"onekeyd/alerts/sms/twiliosim"
)

const (
	testSID   = "AC00000000000000000000000000000001"
	testToken = "test-token-5f3a"
)

func form(kv ...string) url.Values {
	f := url.Values{"AccountSid": {testSID}, "MessageSid": {"SM0123456789abcdef0123456789abcdef"}, "From": {"+15005550006"}, "To": {"+85261234567"}}
	for i := 0; i < len(kv); i += 2 {
		f.Set(kv[i], kv[i+1])
	}
	return f
}

// Ours, the simulator's and twilio-go's signatures agree where all three can.
func TestSignatureAgainstOthers(t *testing.T) {
	// https://www.twilio.com/docs/usage/security: the documented example.
	doc := url.Values{"CallSid": {"CA1234567890ABCDE"}, "Caller": {"+14158675309"}, "Digits": {"1234"}, "From": {"+14158675309"}, "To": {"+18005551212"}}
	if got := string(signature("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", doc)); got != "RSOYDt4T1cUTdK1PDd93/VVr8B8=" {
		t.Errorf("documented example signs as %s", got)
	}
	rv := client.NewRequestValidator(testToken)
	for _, f := range []url.Values{{}, form("MessageStatus", "sent"), form("Body", "1 收到&=+%"), {"b": {""}, "a": {"x"}, "B": {"1"}}} {
		const u = "https://desk.example/hooks/twilio/status?d=1"
		got := string(signature(testToken, u, f))
		if want := twiliosim.Sign(testToken, u, f); got != want {
			t.Errorf("%v signs as %s, the simulator says %s", f, got, want)
		}
		if !rv.ValidateBody(u, []byte(f.Encode()), got) {
			t.Errorf("%v: twilio-go refuses our signature", f)
		}
	}
	twice := url.Values{"A": {"y", "x", "y"}, "B": {"1"}}
	if got, want := string(signature(testToken, "u", twice)), twiliosim.Sign(testToken, "u", twice); got != want {
		t.Errorf("repeated keys: %s, the simulator says %s", got, want)
	}
}

func TestCorpus(t *testing.T) {
	f, err := os.Open("../../../shared/corpora/twilio.jsonl")
	if err != nil {
		t.Skip("no corpus beside this checkout:", err)
	}
	defer f.Close()
	rows := 0
	for in := bufio.NewScanner(f); in.Scan(); rows++ {
		var row struct {
			ID, URL, AuthToken string
			Form, Header       map[string]string
			Expect             struct{ Valid bool }
		}
		if err := json.Unmarshal(in.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(row.URL)
		if err != nil {
			t.Fatal(err)
		}
		c, err := New(Account{AccountSID: testSID, AuthToken: row.AuthToken, HookURL: u.Scheme + "://" + u.Host})
		if err != nil {
			t.Fatal(err)
		}
		sent := url.Values{}
		for k, v := range row.Form {
			sent.Set(k, v)
		}
		r := httptest.NewRequest("POST", row.URL, nil)
		r.Header.Set("X-Twilio-Signature", row.Header["X-Twilio-Signature"])
		got, err := c.Verify(r, []byte(sent.Encode()))
		if (err == nil) != row.Expect.Valid || err != nil && !errors.Is(err, alerts.ErrForged) {
			t.Errorf("%s: %v, want valid %v", row.ID, err, row.Expect.Valid)
		}
		if err == nil && got.One("CallSid") != row.Form["CallSid"] {
			t.Errorf("%s: read %v", row.ID, got)
		}
	}
	if rows == 0 {
		t.Error("the corpus is empty")
	}
}
