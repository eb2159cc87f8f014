package live

import "errors"

var (
	// ErrAway is wrapped by Healthy while this node does not share its state:
	// positions sent to other nodes fall back to base here.
	ErrAway = errors.New("redis is away, positions fall back to base")
	// ErrCheckpoint is wrapped by Healthy when the last copy to the data folder
	// failed: a restart would forget who was where and which keys were heard.
	ErrCheckpoint = errors.New("live state is not kept over a restart")

	// errBehind ends a connection whose queue overflowed, for the resync that follows.
	errBehind = errors.New("more changes than redis takes")
)
