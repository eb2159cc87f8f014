package alerts

// State is how far a notice got, as far as we know. Persisted as a string.
type State string

// The states, from knowing nothing to final. Delivered and Failed are final.
const (
	// NotSent: no carrier has it and none is trying (no carrier, stale, refused
	// before processing).
	NotSent State = "not_sent"
	// Ambiguous: it may or may not have been handed over; a receipt will tell.
	Ambiguous State = "ambiguous"
	// Handed: the provider has it.
	Handed State = "handed"
	// Sent: the mobile carrier has it.
	Sent State = "sent"
	// Failed: the carrier says it will not arrive.
	Failed State = "failed"
	// Delivered: the handset has it, or the call was answered.
	Delivered State = "delivered"
)

// rank orders the states. Delivered stands above Failed: a handset's receipt is
// evidence, a failure only its absence, and one of the two must win in either
// order for Join to give the same answer however the callbacks arrive.
func (s State) rank() int {
	switch s {
	case NotSent:
		return 1
	case Ambiguous:
		return 2
	case Handed:
		return 3
	case Sent:
		return 4
	case Failed:
		return 5
	case Delivered:
		return 6
	}
	return 0
}

// Final reports whether no later receipt is expected.
func (s State) Final() bool { return s == Delivered || s == Failed }

// Join is what is known after hearing both s and other. It is commutative,
// associative and idempotent, and never goes backwards: a late "sent" does not
// undo "delivered". A state it does not know changes nothing.
func (s State) Join(other State) State {
	if other.rank() > s.rank() {
		return other
	}
	return s
}
