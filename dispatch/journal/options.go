package journal

import (
	"cmp"
	"fmt"
	"log/slog"
	"time"

	"onekeyd/dispatch"
)

// Options of a journal. The zero value of a field means its default.
type Options struct {
	// URL of an external NATS server or cluster. Empty: the embedded server.
	URL string
	// User and Password for URL; with an empty user, Password is a token.
	User, Password string
	// Embedded server, used when URL is empty.
	Embedded Embedded
	// Shards is the number of press streams, 8. It must agree with the mapping
	// of an external account, and cannot be changed while presses are stored.
	Shards int
	// Replicas of every stream, 1.
	Replicas int
	// PressMaxAge is how long presses are kept, 72 h. It bounds how long all
	// dispatchers may be down before a press is forgotten.
	PressMaxAge time.Duration
	// Node is this run of this daemon.
	Node dispatch.NodeID
	// Name is this daemon's own for all its runs: letters, digits and -. Default "onekeyd".
	Name string
	// Log is where the server's and our own lines go; nil discards them.
	Log *slog.Logger
}

// Embedded are the options of the server in our own process. Its streams are
// always synced before an acknowledgement: there is no option for that.
type Embedded struct {
	// Dir is the data folder. It is created, and locked while the journal is open.
	Dir string
	// Listen is the address for gateways and subcommands, such as
	// "127.0.0.1:4222"; port 0 takes a free one. Empty: no listener.
	Listen string
	// Authorize says who may connect, and as what. nil: our own process and
	// holders of the internal token only.
	Authorize func(user, password, token string) (Role, bool)
	// MaxStore bounds what the streams may take, in bytes. 0: three quarters of
	// what the disk has free at start, as nats-server reckons.
	MaxStore int64

	// unsynced is for the control of the power-cut test, which must lose what
	// the promise keeps. Nothing else can set it.
	unsynced bool
}

func (o Options) withDefaults() (Options, error) {
	o.Shards = cmp.Or(o.Shards, 8)
	o.Replicas = cmp.Or(o.Replicas, 1)
	o.PressMaxAge = cmp.Or(o.PressMaxAge, 72*time.Hour)
	o.Name = cmp.Or(o.Name, "onekeyd")
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	switch {
	case o.Node == "":
		return o, fmt.Errorf("options: node is empty")
	case o.URL == "" && o.Embedded.Dir == "":
		return o, fmt.Errorf("options: neither a URL nor a data folder")
	case o.URL == "" && o.Replicas != 1:
		return o, fmt.Errorf("options: %d replicas need an external cluster", o.Replicas)
	case o.Shards < 1 || o.Shards > 64:
		return o, fmt.Errorf("options: %d shards; 1 to 64 are possible", o.Shards)
	}
	for what, token := range map[string]string{"node": string(o.Node), "name": o.Name} {
		if err := dispatch.CheckID(token); err != nil {
			return o, fmt.Errorf("options: %s %w", what, err)
		}
	}
	return o, nil
}
