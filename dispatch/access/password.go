package access

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// The floor of the OWASP Password Storage Cheat Sheet for argon2id: 19 MiB,
// two passes, one lane; about 40 ms on a server core.
const (
	argonMemory  = 19 * 1024 // KiB
	argonTime    = 2
	argonThreads = 1
	argonKey     = 32 // bytes
	argonSalt    = 16 // bytes
)

// hashing is how many passwords are hashed at a time: fifty operators at the
// change of shift would take 950 MiB otherwise.
const hashing = 2

// Length of a password: eight characters is the floor of NIST SP 800-63B, the
// ceiling keeps a form field from becoming work.
const (
	minPassword = 8   // characters
	maxPassword = 256 // bytes
)

func checkPassword(p string) error {
	switch {
	case utf8.RuneCountInString(p) < minPassword:
		return fmt.Errorf("shorter than %d characters: %w", minPassword, ErrWeak)
	case len(p) > maxPassword:
		return fmt.Errorf("longer than %d bytes: %w", maxPassword, ErrWeak)
	case !utf8.ValidString(p):
		return fmt.Errorf("not UTF-8: %w", ErrWeak)
	}
	return nil
}

// hash is a stored password. The parameters travel with it, so that raising
// them later does not lock anybody out.
type hash struct {
	Memory  uint32 `json:"m"` // KiB
	Time    uint32 `json:"t"`
	Threads uint8  `json:"p"`
	Salt    string `json:"salt"` // base64
	Key     string `json:"key"`  // base64
}

func (a *Access) newHash(ctx context.Context, password string) (*hash, error) {
	var salt [argonSalt]byte
	rand.Read(salt[:])
	key, err := a.derive(ctx, password, salt[:], argonTime, argonMemory, argonThreads)
	if err != nil {
		return nil, err
	}
	enc := base64.RawStdEncoding
	return &hash{Memory: argonMemory, Time: argonTime, Threads: argonThreads, Salt: enc.EncodeToString(salt[:]), Key: enc.EncodeToString(key)}, nil
}

// matches compares in constant time. A nil hash costs as much as a real one
// and matches nothing, so that an unknown name cannot be told by the clock.
func (a *Access) matches(ctx context.Context, h *hash, password string) (bool, error) {
	known := h != nil
	if !known {
		h = &hash{Memory: argonMemory, Time: argonTime, Threads: argonThreads}
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(h.Salt)
	want, err2 := base64.RawStdEncoding.DecodeString(h.Key)
	if err1 != nil || err2 != nil || h.Time == 0 || h.Threads == 0 {
		return false, fmt.Errorf("read stored password: not as written")
	}
	got, err := a.derive(ctx, password, salt, h.Time, h.Memory, h.Threads)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(got, want) == 1 && known, nil
}

func (a *Access) derive(ctx context.Context, password string, salt []byte, time, memory uint32, threads uint8) ([]byte, error) {
	select {
	case a.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for a turn to hash a password: %w", ctx.Err())
	}
	defer func() { <-a.turn }()
	return argon2.IDKey([]byte(password), salt, time, memory, threads, argonKey), nil
}
