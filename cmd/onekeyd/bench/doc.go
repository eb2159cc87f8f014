// Package bench measures a real onekeyd from the outside: a press goes in over
// NATS or HTTP, and the bench waits for its acknowledgement, for its SMS at a
// carrier and for its event on a console's stream.
//
// # Promise
//
// The daemon measured is the program itself, started as a process of its own on
// a fresh data folder with its default settings; only addresses, tokens, the
// carrier and what its plan does later are given (see planFor), and somebody is
// logged in whose console says what it has painted. Presses are
// sent on a schedule that no answer can slow down, and every latency counts from
// the time a press was due, so that a stall is charged to all presses that had to
// wait (coordinated omission). A press that was acknowledged and whose SMS or
// event does not come is counted as lost, never left out quietly.
//
// # The floor
//
// What no design can beat here is measured in the same run, in slices that take
// turns with the daemon's: the same press published over TCP
// to a bare nats-server with JetStream and SyncAlways in another process, and,
// when that acknowledges, one POST over a kept connection to a handler here.
// Between slices the bench waits until the daemon has nothing left to do, so
// that neither is measured in the other's shadow. A slice of a second is too
// short for receipts to compete with presses where the daemon defers them; a
// slice as long as the run shows the steady state, and the floor further away.
//
// # What it costs
//
// Load, carrier and console listener share the machine with the daemon. The
// report says how many processors each took, and how late the generator was.
//
// # Concurrency
//
// [Run] owns every goroutine and child process and waits for all of them. Each
// child is tied to the thread that started it, so that it ends even if the bench
// is killed. A [ledger] is written without locks by whoever sees a press pass.
package bench
