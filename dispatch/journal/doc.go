// Package journal is the durable log of presses and incidents, on NATS JetStream.
//
// # Promise
//
// When PublishPress or Append returns without an error, the press or the entry
// is on stable storage: with the embedded server after one fsync, with an
// external cluster as far as its configuration goes. What cannot be promised is
// listed in words by [Journal.Weaknesses]; a stream that would break the promise
// outright makes [Open] fail. When a call returns an error that wraps
// [dispatch.ErrUnstored], nobody knows whether it is stored; the caller looks.
//
// # Streams
//
//	PRESS-0 … PRESS-7   press.<n>.<device>   every press, 72 h, n from a hash of the device
//	INCIDENTS           incident.<case>      facts of open incidents, in one order
//	ARCHIVE             archive.<incident>   one document a closed incident, gzip, for ever
//	FLOORS              floor.<name>         up to where presses have their fact
//
// Presses are spread over shards because a stream with an fsync a message does
// them one after another. The outside publishes to press.<device>; a mapping of
// the account leads it to the shard (embedded: added at start; external:
// `mappings` in nats.conf).
//
// # The net
//
// [Journal.Hear] gives each press twice: at once on a core subscription, while
// it is being stored, and again from its stream. The stored copy stays the
// dispatcher's until done is called. Which presses are done is a fact about the
// world, not about one dispatcher, so every dispatcher writes its floors to
// FLOORS once a second and starts from the highest floor of all. A durable
// consumer a shard would write its state ten times a second, each an fsync in
// the way of presses, and a dispatcher under a new name would start from nothing.
//
// # Ordering
//
// Entries of a case are ordered by the expected last sequence of its subject;
// all entries have one order in INCIDENTS, which [Journal.Follow] gives without
// gaps but those of purged entries. A document is in ARCHIVE before its case is
// purged. Presses of one device keep their order within its shard.
//
// # Concurrency
//
// Every method may be called from any goroutine. Open starts a watcher of the
// store, and a listener for other nodes; Close stops both and waits. Hear, Follow
// and FollowArchive block and call back: Hear's stored from one goroutine a
// shard, core from one, the others' each from one. A callback that blocks holds up that
// shard only (core: the core path, whose overflow the net brings again).
// Presses in, appends, tails and core traffic each have their own connection,
// so that a burst in one does not queue in front of another.
//
// # When the disk is full or failing
//
// nats-server then answers nothing and keeps the stream read-only until it is
// started again. PublishPress and Append fail within [StoreWait], and at once
// when the failure is known; reading goes on. The watcher tries the disk every
// half second and, when it takes data again, restarts the embedded server;
// connections and tails resume by themselves.
//
// # Fake time
//
// The embedded server with an empty Listen runs inside a testing/synctest
// bubble, if ats.Register (nats-server/v2/server/ats) is called once in
// TestMain, outside any bubble: its clock goroutine must not belong to a bubble.
// Close the journal before the bubble ends, and do not let its connections be
// lost and found inside one: nats.go then uses timers that it shares across
// the process (Conn.Flush and FlushTimeout, Subscription.NextMsg and
// Conn.Request do as well; use their forms with a context).
package journal
