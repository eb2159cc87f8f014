package access

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"time"
)

// subjSeal is where the key lies under which links of responders and families are made.
const subjSeal = "access.seal"

// sealRecord is the one secret of the stream: every node must make the same
// token for the same person, and none is stored for a link.
type sealRecord struct {
	V       int       `json:"v"`
	Key     []byte    `json:"key"` // 256 random bits
	Created time.Time `json:"created_at"`
}

// MakeSeal makes the key of links if no node has made it yet. The error wraps
// [ErrUnknown] if there is a key that this build cannot read.
func (a *Access) MakeSeal(ctx context.Context) error {
	if _, epoch := a.Seal(); epoch != 0 {
		return nil
	}
	var none uint64
	switch err := a.putSeal(ctx, &none); {
	case raced(err):
	case err != nil:
		return fmt.Errorf("make the key of links: %w", err)
	default:
		a.log.Info("key of links made")
		return nil
	}
	msg, err := a.stream.GetLastMsgForSubject(ctx, subjSeal) // another node was first
	if err != nil {
		return fmt.Errorf("read the key of links: %w", err)
	}
	a.take(msg.Subject, msg.Data, msg.Sequence)
	if _, epoch := a.Seal(); epoch == 0 {
		return fmt.Errorf("the key of links %w to this build", ErrUnknown)
	}
	return nil
}

// RenewSeal puts a new key in the place of the old one: every link that is out
// opens nothing any more, on each node as soon as the stream has brought it there.
func (a *Access) RenewSeal(ctx context.Context) error {
	if err := a.putSeal(ctx, nil); err != nil {
		return fmt.Errorf("renew the key of links: %w", err)
	}
	a.log.Info("key of links renewed, all links that were out are void")
	return nil
}

// Seal is the unguessable token that belongs to these parts, none of which may
// hold a zero byte, and the epoch of the key: a token of another epoch is void.
// Epoch 0 says that there is no key, and the token is worth nothing. It never waits.
func (a *Access) Seal(parts ...string) (token [16]byte, epoch uint64) {
	a.mu.RLock()
	key, epoch := a.seal.rec.Key, a.seal.seq
	a.mu.RUnlock()
	if len(key) < sha256.Size {
		return token, 0
	}
	if len(parts) == 0 {
		return token, epoch // who asks for the epoch alone
	}
	mac := hmac.New(sha256.New, key)
	for _, p := range parts {
		mac.Write([]byte(p))
		mac.Write([]byte{0})
	}
	return [16]byte(mac.Sum(nil)), epoch
}

func (a *Access) putSeal(ctx context.Context, expect *uint64) error {
	rec := sealRecord{V: recordVersion, Key: make([]byte, sha256.Size), Created: time.Now().UTC()}
	rand.Read(rec.Key) // never fails
	return a.put(ctx, subjSeal, rec, 0, expect)
}

// takeSeal folds the key in. The caller holds a.mu.
func (a *Access) takeSeal(data []byte, seq uint64) {
	table := map[string]kept[sealRecord]{subjSeal: a.seal}
	fold(a, table, subjSeal, data, seq)
	a.seal = table[subjSeal]
}
