package tencent

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"time"
)

const jsonType = "application/json; charset=utf-8"

// authorize gives the Authorization header of a POST of body to / at host: the
// signature TC3-HMAC-SHA256 over content type and host
// (https://cloud.tencent.com/document/api/382/52072).
func authorize(id, key, service, host string, body []byte, now time.Time) string {
	date := now.UTC().Format(time.DateOnly)
	scope := date + "/" + service + "/tc3_request"
	const signed = "content-type;host"
	request := "POST\n/\n\ncontent-type:" + jsonType + "\nhost:" + host + "\n\n" + signed + "\n" + hash(body)
	text := "TC3-HMAC-SHA256\n" + strconv.FormatInt(now.Unix(), 10) + "\n" + scope + "\n" + hash([]byte(request))
	derived := mac(mac(mac([]byte("TC3"+key), date), service), "tc3_request")
	return "TC3-HMAC-SHA256 Credential=" + id + "/" + scope + ", SignedHeaders=" + signed + ", Signature=" + hex.EncodeToString(mac(derived, text))
}

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

func mac(key []byte, text string) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(text)) // a hash never returns an error
	return m.Sum(nil)
}
