// Package secretpath guards the webhooks of carriers that sign nothing: whoever
// knows the secret in the path is believed.
//
// Promise: a request passes only if the last but one segment of its path is the
// secret and, where addresses are given, its connection comes from one of them.
// The secret is compared in constant time. The address is the connection's own:
// a header could be written by anyone, so behind a proxy no addresses can be
// given and the proxy has to look.
//
// The secret is in the carrier's console and in whatever logs addresses on the
// way here; keep the proxy from logging /hooks/.
//
// A Guard is immutable and safe for concurrent use.
package secretpath

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"strings"

	"onekeyd/alerts"
)

// MinLen is the shortest secret in characters: 16 of base32 are 80 bits.
const MinLen = 16

// Guard knows a secret and who may use it. Make it with [New].
type Guard struct {
	sum  [sha256.Size]byte
	from []netip.Prefix
}

// New makes a guard. from is a list of addresses and networks separated by
// commas, "" for everybody. The error names every fault and not the secret.
func New(secret, from string) (Guard, error) {
	g := Guard{sum: sha256.Sum256([]byte(secret))}
	var err error
	if g.from, err = ParseFrom(from); err != nil {
		err = fmt.Errorf("hook from %w", err)
	}
	if bad := CheckSecret(secret); bad != nil {
		bad = fmt.Errorf("hook secret %w", bad)
		err = errors.Join(bad, err)
	}
	return g, err
}

// CheckSecret says what is wrong with a secret, without showing it.
func CheckSecret(secret string) error {
	if len(secret) < MinLen || len(secret) > 128 {
		return fmt.Errorf("is not %d to 128 characters long", MinLen)
	}
	if strings.ContainsFunc(secret, func(r rune) bool {
		return r != '-' && r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	}) {
		return errors.New("holds more than letters, digits, - and _, and is a part of an address")
	}
	return nil
}

// ParseFrom reads a list of addresses and networks.
func ParseFrom(list string) (from []netip.Prefix, err error) {
	for part := range strings.SplitSeq(list, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		p, bad := netip.ParsePrefix(part)
		if a, no := netip.ParseAddr(part); no == nil && a.Zone() == "" {
			p, bad = netip.PrefixFrom(a, a.BitLen()), nil
		}
		if bad != nil {
			err = errors.Join(err, fmt.Errorf("holds %q, which is no address and no network such as 203.0.113.0/24", part))
			continue
		}
		from = append(from, p)
	}
	return from, err
}

// Open lets a request in and gives the last segment of its path, which says
// what it is. The error wraps [alerts.ErrForged].
func (g Guard) Open(r *http.Request) (what string, err error) {
	front, what, _ := cutLast(r.URL.Path)
	_, secret, ok := cutLast(front)
	sum := sha256.Sum256([]byte(secret))
	if subtle.ConstantTimeCompare(sum[:], g.sum[:]) != 1 || !ok {
		return "", fmt.Errorf("the path holds no secret of ours: %w", alerts.ErrForged)
	}
	if !g.allowed(r.RemoteAddr) {
		return "", fmt.Errorf("the connection comes from another place than the carrier's: %w", alerts.ErrForged)
	}
	return what, nil
}

func (g Guard) allowed(remote string) bool {
	if len(g.from) == 0 {
		return true
	}
	peer, err := netip.ParseAddrPort(remote)
	if err != nil {
		return false
	}
	addr := peer.Addr().Unmap().WithZone("")
	for _, p := range g.from {
		if p.Contains(addr) {
			return true
		}
	}
	return false
}

func cutLast(path string) (front, last string, ok bool) {
	n := strings.LastIndexByte(path, '/')
	if n < 0 {
		return "", path, false
	}
	return path[:n], path[n+1:], true
}
