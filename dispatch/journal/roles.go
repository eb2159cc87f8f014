package journal

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// Role is what a connection to the embedded server may do.
type Role int

// The roles. The zero value may do nothing.
const (
	// RoleNone is refused.
	RoleNone Role = iota
	// RoleInternal is our own process and its subcommands: everything.
	RoleInternal
	// RoleGateway may publish presses and hear its own acknowledgements.
	RoleGateway
)

// internalInbox is where replies to our own connections go. It is not _INBOX:
// gateways may subscribe to that, and would read every fact we are sent.
const internalInbox = "_ONEKEYD"

const tokenFile = "nats-internal.token"

func (r Role) permissions() *server.Permissions {
	if r == RoleInternal {
		return nil
	}
	return &server.Permissions{
		// The server asks for permission after mapping press.<device> to its
		// shard, so the shards must be allowed, too. A press in a wrong shard
		// is only not recognised as a retransmission; the dispatcher joins it.
		Publish:   &server.SubjectPermission{Allow: []string{"press.*", "press.*.*", "$JS.API.INFO"}},
		Subscribe: &server.SubjectPermission{Allow: []string{nats.InboxPrefix + ">"}},
	}
}

// gatekeeper implements server.Authentication.
type gatekeeper struct {
	internal  string // secret of this run
	authorize func(user, password, token string) (Role, bool)
}

// Check is called by the server for every connection, before anything else is read from it.
func (g gatekeeper) Check(c server.ClientAuthentication) bool {
	o := c.GetOpts()
	role := RoleNone
	if subtle.ConstantTimeCompare([]byte(o.Token), []byte(g.internal)) == 1 {
		role = RoleInternal
	} else if g.authorize != nil {
		if r, ok := g.authorize(o.Username, o.Password, o.Token); ok {
			role = r
		}
	}
	if role != RoleInternal && role != RoleGateway {
		return false
	}
	c.RegisterUser(&server.User{Permissions: role.permissions()})
	return true
}

// newToken makes the secret of this run and leaves it in dir for subcommands.
// The file replaces the last run's in one step, readable by its owner only.
func newToken(dir string) (string, error) {
	var b [32]byte
	rand.Read(b[:]) // never fails, crypto/rand
	token := hex.EncodeToString(b[:])
	path := filepath.Join(dir, tokenFile)
	next := path + ".new"
	if err := os.Remove(next); err != nil && !os.IsNotExist(err) {
		return "", fmt.Errorf("replace internal token: %w", err)
	}
	if err := os.WriteFile(next, []byte(token+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("write internal token: %w", err)
	}
	if err := os.Rename(next, path); err != nil {
		return "", fmt.Errorf("write internal token: %w", err)
	}
	return token, nil
}

// InternalToken is the secret with which subcommands of the same owner connect
// to the daemon that has the data folder dir open: as Options.Password, with the
// URL it listens on and no user.
func InternalToken(dir string) (string, error) {
	data, err := os.ReadFile(filepath.Join(dir, tokenFile))
	if err != nil {
		return "", fmt.Errorf("read internal token: %w", err)
	}
	return strings.TrimSpace(string(data)), nil
}
