// Package board is the read model of the journal: every open incident, in
// memory, and the stream of changes that consoles follow.
//
// # Promise
//
// What [Board.Case] returns is the fold of the facts up to the sequence it
// returns with it. Events come out in the order of the journal, each with the
// incident exactly as it was after that fact, so one cursor (the journal's
// sequence) is enough to resume.
//
// # Concurrency
//
// One goroutine, in [Board.Run], follows the journal and is the only one that
// emits events; appends made by this process are folded in at once by
// [Board.Absorb], so that a decision never waits for the follower. One mutex
// guards all maps and is never held while waiting. Readers of events have a
// cursor into a ring, not a queue: a slow one holds nobody up, and one that
// falls out of the ring gets [ErrGone] and takes a new snapshot.
package board
