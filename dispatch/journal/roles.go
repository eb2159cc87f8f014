package journal

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

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
	// RoleGateway may publish presses, hear its own acknowledgements, and hear
	// what devices are told.
	RoleGateway
)

// gatewayAccount is where gateways live. It sees of ours only the service
// press.* and the stream downlink.*, for two reasons: a gateway that listens on
// all inboxes must not read the facts that are sent to us, and one that names
// incident.<case> as its inbox must not have the server write an acknowledgement
// into the journal.
const gatewayAccount = "GATEWAY"

const tokenFile = "nats-internal.token"

// gatekeeper implements server.Authentication.
type gatekeeper struct {
	internal  string // secret of this run
	authorize func(user, password, token string) (Role, bool)
	gateways  atomic.Pointer[server.Account] // nil until the server is set up
}

// Check is called by the server for every connection, before anything else is read from it.
func (g *gatekeeper) Check(c server.ClientAuthentication) bool {
	o := c.GetOpts()
	if subtle.ConstantTimeCompare([]byte(o.Token), []byte(g.internal)) == 1 {
		c.RegisterUser(&server.User{})
		return true
	}
	if g.authorize == nil {
		return false
	}
	role, ok := g.authorize(o.Username, o.Password, o.Token)
	switch {
	case !ok:
		return false
	case role == RoleInternal:
		c.RegisterUser(&server.User{})
		return true
	case role == RoleGateway:
		acc := g.gateways.Load()
		if acc == nil {
			return false // a moment too early; it will come again
		}
		c.RegisterUser(&server.User{Account: acc, Permissions: &server.Permissions{
			Publish:   &server.SubjectPermission{Allow: []string{"press.*"}},
			Subscribe: &server.SubjectPermission{Allow: []string{nats.InboxPrefix + ">", "downlink.>"}},
		}})
		return true
	}
	return false
}

// openGatewayAccount lets gateways reach press.*, hear downlink.*, and nothing else.
func openGatewayAccount(srv *server.Server) (*server.Account, error) {
	acc, _ := srv.LookupOrRegisterAccount(gatewayAccount)
	ours := srv.GlobalAccount()
	if err := ours.AddServiceExport("press.*", []*server.Account{acc}); err != nil {
		return nil, fmt.Errorf("offer press.* to gateways: %w", err)
	}
	if err := acc.AddServiceImport(ours, "press.*", "press.*"); err != nil {
		return nil, fmt.Errorf("offer press.* to gateways: %w", err)
	}
	if err := ours.AddStreamExport("downlink.*", []*server.Account{acc}); err != nil {
		return nil, fmt.Errorf("let gateways hear downlink.*: %w", err)
	}
	if err := acc.AddStreamImport(ours, "downlink.*", ""); err != nil {
		return nil, fmt.Errorf("let gateways hear downlink.*: %w", err)
	}
	return acc, nil
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
