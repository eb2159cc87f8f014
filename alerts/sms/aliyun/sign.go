package aliyun

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
)

// sign gives the Signature of a form: HMAC-SHA1 over the method, the path "/"
// and the sorted form, each escaped by RFC 3986
// (https://help.aliyun.com/document_detail/315526.html, RPC style).
func sign(method string, form url.Values, secret string) string {
	keys := make([]string, 0, len(form))
	for k := range form {
		if k != "Signature" {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	var b strings.Builder
	for i, k := range keys {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(escape(k) + "=" + escape(form.Get(k)))
	}
	mac := hmac.New(sha1.New, []byte(secret+"&"))
	mac.Write([]byte(method + "&%2F&" + escape(b.String()))) // a hash never returns an error
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// escape is RFC 3986's, from which a form's escape differs in the space only:
// QueryEscape leaves ~ alone and escapes *.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
