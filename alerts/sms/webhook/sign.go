package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"time"
)

// header carries the signature, both ways.
const header = "Onekeyd-Signature"

// window is how far the other clock may be from ours.
const window = 5 * time.Minute

// Sign gives the signature of a body at a time, for gateways written in Go.
func Sign(secret string, at time.Time, body []byte) string {
	t := strconv.FormatInt(at.Unix(), 10)
	return "t=" + t + ",v1=" + hex.EncodeToString(sum(secret, t, body))
}

func sum(secret, t string, body []byte) []byte {
	m := hmac.New(sha256.New, []byte(secret))
	m.Write([]byte(t + ".")) // a hash never returns an error
	m.Write(body)
	return m.Sum(nil)
}

// signed reports whether a header signs body, now.
func signed(secret, value string, body []byte, now time.Time) bool {
	t, v1, ok := strings.Cut(value, ",v1=")
	t, named := strings.CutPrefix(t, "t=")
	seconds, err := strconv.ParseInt(t, 10, 64)
	mac, bad := hex.DecodeString(v1)
	if !ok || !named || err != nil || bad != nil {
		return false
	}
	age := now.Sub(time.Unix(seconds, 0))
	return hmac.Equal(mac, sum(secret, t, body)) && age <= window && age >= -window
}
