package tencent

import (
	"strings"
	"testing"
	"time"
)

// The example of Tencent's own document of this signature, which is for another
// of its services.
func TestSignatureVector(t *testing.T) {
	body := []byte(`{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}`)
	if got := hash(body); got != "35e9c5b0e3ae67532d3c9f17ead6c90222632e5b1ff7f6e89887f1398934f064" {
		t.Fatalf("the body hashes to %s", got)
	}
	got := authorize("AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE", "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE", "cvm", "cvm.tencentcloudapi.com", body, time.Unix(1551113065, 0))
	want := "TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE/2019-02-25/cvm/tc3_request, SignedHeaders=content-type;host, " +
		"Signature=72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168"
	if got != want {
		t.Errorf("signed as\n%s, want\n%s", got, want)
	}
	// The day is UTC's, whatever this machine's is.
	late := time.Date(2026, 1, 2, 3, 0, 0, 0, time.FixedZone("CST", 8*3600))
	if got := authorize("id", "key", "sms", "h", nil, late); !strings.Contains(got, "/2026-01-01/") {
		t.Error(got)
	}
}
