package access

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
)

// digest is the SHA-256 of a secret. A table keyed by it tells a timer nothing
// about the secret: how far two digests agree says nothing of their origins.
type digest [sha256.Size]byte

func digestOf(secret string) digest { return sha256.Sum256([]byte(secret)) }

// token is the subject's last token.
func (d digest) token() string { return hex.EncodeToString(d[:]) }

// short names a secret in the log.
func (d digest) short() string { return hex.EncodeToString(d[:4]) }

func parseDigest(s string) (digest, bool) {
	var d digest
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(d) {
		return d, false
	}
	copy(d[:], b)
	return d, true
}

// newSecret is 256 random bits in 43 URL-safe characters. crypto/rand never fails.
func newSecret() string {
	var b [32]byte
	rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}
