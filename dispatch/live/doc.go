// Package live shares what is true only now: where responders are, which
// consoles are armed, and when each device was last heard.
//
// # Promise
//
// All of it can be rebuilt, so nothing that a press needs ever waits for it.
// Every read answers at once from a copy in this process; every write changes
// that copy and returns. [Open] gives one of two stores that keep the same
// contract: without a Redis address the copy is all there is, and with one it is
// kept equal to the copies of the other nodes. When Redis is slow, stopped or
// gone a node goes on with what it knows, [Store.Healthy] says so in words for
// the desk, and who was moved only on other nodes is soon looked for at the
// base position, because a position is kept for [PositionFor] and no longer.
//
// Both stores write their copy to a file in the data folder once a minute and
// when Run ends, so that supervision of the keys survives a restart. The file is
// not synced to the disk: that would make the journal's own syncs wait, and what
// a power cut takes from it is sent again within minutes.
//
// # Ordering
//
// For each responder and each device the newest time wins, in this process, in
// Redis and in the file, however often and in whatever order it is told. Times
// ahead of our clock count as now, so that a sender whose clock is wrong cannot
// hold a place against later reports. Nodes need clocks that agree to within
// seconds: a responder who changes from a node whose clock is ahead is believed
// there as soon as the difference has passed. Presence is judged by when it
// was heard, on the listener's clock, so there clocks do not matter.
//
// # In Redis
//
// Everything is under the hash tag {space}, so that one slot of a cluster holds
// it: {space}:positions:N, a hash of ten minutes of positions each, which expires
// with its contents; {space}:seen, a sorted set of devices by time, trimmed to
// [SeenFor]; and the channel {space}:live, on which every change goes to all
// nodes. Nothing there lives for ever. Presence is on the channel only: it is said
// again every second. Databases of one Redis share channels, so centres that
// share a Redis need different spaces, not different databases.
//
// A node that comes (back) listens first, then reads all that is there, then
// writes what Redis does not have. So an emptied Redis is filled again by the
// nodes, and a node that missed messages has them afterwards.
//
// # When it is full
//
// Changes on their way to Redis wait in a queue with one place for each responder
// and device; a newer one takes the place of the older. At most [QueueLimit] of
// either wait. What does not fit, and all of it while Redis is away, is dropped
// and counted ([Store.Dropped]); the copy here has it, and it reaches Redis with
// the next resync, which a full queue asks for by itself.
//
// # Concurrency
//
// All methods may be called from any goroutine. [Store.Run] owns every goroutine
// there is (one that writes the file, and with Redis one that listens and one that
// writes) and returns when they have. [Options].OnMove is called on the goroutine
// of the caller of Move, or of the listener, with no lock held, and must be quick;
// two positions of one responder may reach it in either order, so it must keep the
// newer, as dispatch.Places does. No two locks of this package are ever held
// together.
package live
