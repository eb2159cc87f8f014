package twilioapi

import (
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"
)

// Twilio's own SIDs are strict; a stand-in's need only look alike, and what
// New takes is what the checks that settings use take.
func TestStandInsAreFreer(t *testing.T) {
	for _, c := range []struct {
		sid, base string
		taken     bool
	}{
		{testSID, "", true},
		{testSID, "http://127.0.0.1:9", true},
		{"ACtest", "", false},
		{"ACtest", DefaultBaseURL, false},
		{"ACtest", "https://API.Twilio.com", false},
		{"ACtest", "https://api.dublin.ie1.twilio.com", false},
		{"ACtest", "http://127.0.0.1:9", true},
		{"AC1", "https://nottwilio.com", true},
		{"AC" + strings.Repeat("z", 40), "http://127.0.0.1:9", true},
		{"AC" + strings.Repeat("z", 41), "http://127.0.0.1:9", false},
		{"AC", "http://127.0.0.1:9", false},
		{"AC/../x", "http://127.0.0.1:9", false},
		{"SKtest", "http://127.0.0.1:9", false},
	} {
		if err := CheckAccountSID(c.sid, c.base); (err == nil) != c.taken {
			t.Errorf("check %s at %q: %v", c.sid, c.base, err)
		}
		if _, err := New(Account{AccountSID: c.sid, AuthToken: testToken, BaseURL: c.base}); (err == nil) != c.taken {
			t.Errorf("new with %s at %q: %v", c.sid, c.base, err)
		}
		service := strings.Replace(c.sid, "AC", "MG", 1)
		if err := CheckServiceSID(service, c.base); (err == nil) != c.taken {
			t.Errorf("check %s at %q: %v", service, c.base, err)
		}
	}
}

// The root package of twilio-go takes 40 s and 900 MB to build.
func TestImports(t *testing.T) {
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), f.Name(), nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, imp := range parsed.Imports {
			path := strings.Trim(imp.Path.Value, `"`)
			if rest, ok := strings.CutPrefix(path, "github.com/twilio/twilio-go"); ok {
				seen++
				if rest != "/client" && rest != "/rest/api/v2010" {
					t.Errorf("%s imports %s", f.Name(), path)
				}
			}
			if rest, ok := strings.CutPrefix(path, "onekeyd/"); ok && !strings.HasPrefix(rest, "alerts") {
				t.Errorf("%s imports %s", f.Name(), path)
			}
		}
	}
	if seen == 0 {
		t.Error("no import of twilio-go was seen")
	}
}
