// Package registry is the directory: who belongs to a key, where they live,
// and who may be asked. It reads the files of an import, keeps the records in
// a log on JetStream, and gives every node an immutable snapshot in memory.
//
// # Promise
//
// An import or a change is there as a whole or not at all, whatever stops
// when, and what was confirmed is on stable storage. Nothing gets in that
// refers to a record that is not there. A snapshot never changes, and reading
// it never waits. If the log cannot be reached, the last snapshot stays in use.
//
// # Ordering
//
// All changes have one order: commits on one subject, each appended only if
// the commit it was made against is still the last. Records of a large change
// are stored before its commit in chunks that mean nothing without it. Every
// node applies the same commits in the same order; Version counts them.
// Watchers hear of each snapshot in that order, and each snapshot may hold
// several commits. After Import, Put or Delete the node's own Snapshot shows
// the change; other nodes show it within milliseconds, while Run is running.
//
// # When it is full
//
// The log refuses, the change is an error, and the snapshot stays. The log is
// rewritten as a fresh base when it is more than twice as long as what lives
// in it. A problem list, a report and a request body are all bounded.
//
// # Memory
//
// Records are kept encoded in a few thousand byte slices, with no pointers for
// the garbage collector to follow, and decoded when they are looked up. A
// change copies the one shard it touches.
//
// # Concurrency
//
// All methods of Registry and Snapshot may be called from any goroutine.
// Registry starts goroutines only within a call that waits for them. Two
// mutexes: writing (one change of this node at a time), then applying (one
// reader of the log at a time). Readers of snapshots take neither.
package registry
