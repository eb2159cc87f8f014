package live

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"onekeyd/dispatch"
	"onekeyd/geo"
)

const (
	// PositionFor is how long a position is worth anything: dispatch.Plan looks
	// for a responder at the base after that (DESIGN section 4).
	PositionFor = 30 * time.Minute
	// ArmedFor is how long a node's word about its consoles holds. It is given
	// every second, and a press with no armed console is escalated within 3 s, so
	// a node is not believed much longer than that after its death.
	ArmedFor = 5 * time.Second
	// SeenFor is how long a device is remembered. A key silent for 90 days has
	// been reported as silent for almost as long.
	SeenFor = 90 * 24 * time.Hour
	// QueueLimit bounds the responders, and as many devices, whose changes wait for Redis.
	QueueLimit = 1 << 16
)

// Position is where a responder was and when.
type Position struct {
	Point geo.Point // WGS-84
	At    time.Time // to the millisecond
}

// Store is the live state as one node sees it. No method but Run ever waits
// for a disk or a network.
type Store interface {
	// Run keeps the store shared and saved until ctx ends, and returns ctx's
	// error. It is called once.
	Run(ctx context.Context) error

	// Move takes a responder's position and reports whether it is news: false if
	// it is not newer than the last, is older than [PositionFor], has no
	// valid point or an id that cannot be one. A time after now counts as now.
	Move(id dispatch.ResponderID, p Position, now time.Time) bool
	// Positions is everybody whose last position is not older than [PositionFor].
	// The map is the caller's.
	Positions(now time.Time) map[dispatch.ResponderID]Position

	// Seen notes that a device was heard, at a time by our own clock.
	Seen(device dispatch.DeviceID, at time.Time)
	// LastSeen says when a device was last heard by any node; false if not within [SeenFor].
	LastSeen(device dispatch.DeviceID) (time.Time, bool)

	// Armed says how many consoles of a node would ring now. The node repeats it
	// every second, also when it is 0.
	Armed(node dispatch.NodeID, consoles int, now time.Time)
	// ArmedTotal counts the armed consoles of all nodes heard within [ArmedFor].
	ArmedTotal(now time.Time) int

	// Healthy is nil, or wraps [ErrAway] or [ErrCheckpoint].
	Healthy() error
	// Dropped counts the changes that did not go to Redis when they were made.
	Dropped() uint64
}

// Options of a store. The zero value keeps everything in this process and forgets it with it.
type Options struct {
	// RedisURL as in redis.ParseURL; with master_name=… the hosts are Sentinels,
	// with addr=… or cluster=true they are nodes of a Cluster. Empty: no Redis.
	RedisURL string
	// Space keeps several centres on one Redis apart; "onekeyd" if empty.
	Space string
	// Dir is the data folder for the copy that survives a restart; empty: none.
	Dir string
	// OnMove hears every news of a position, from this and all other nodes, but not
	// those read from the data folder, which Positions has at once; may be nil.
	OnMove func(dispatch.ResponderID, Position)
	// Log may be nil.
	Log *slog.Logger
}

// Open makes a store and fills it from the data folder. It does not connect:
// Run does, and a Redis that is away is no reason not to start. Errors are
// mistakes in the options, and never hold the address, which may hold a password.
func Open(o Options) (Store, error) {
	log := o.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	log = log.With("component", "live")
	m := newMemory(o.Dir, o.OnMove, log)
	if o.RedisURL == "" {
		return m, nil
	}
	if o.Space == "" {
		o.Space = "onekeyd"
	}
	if !wordy(o.Space) {
		return nil, fmt.Errorf("open live state: space %q is not a word", o.Space)
	}
	dial, err := parseAddress(o.RedisURL)
	if err != nil {
		return nil, fmt.Errorf("open live state: redis address: %w", err)
	}
	return newShared(m, dial, o.Space), nil
}
