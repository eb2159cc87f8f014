// Package fanout sends the alerts of an incident, many at once, over whichever
// carriers there are, and reports what became of each.
//
// # Promise
//
// An alert that [Fanout.Tell] took is in hand until its outcome is durable: it
// is handed to a carrier, refused for good, or known to be unclear. What is
// unclear is reported as ambiguous and left to the dispatcher, which sends it
// again only after a fact that says so; nothing is ever repeated blindly here.
// Another carrier is tried only after one that certainly did not take the alert,
// and never for an alert that names its carrier: who decided that decides again.
//
// What [Fanout.Stop] takes back before it was sent is never sent. A call that
// was handed over, or is just being, is stopped at its carrier.
//
// # Ordering and limits
//
// Each carrier has a queue and workers of its own, so one that hangs keeps
// nobody waiting but those who can be reached by no other. In a queue red
// incidents go first, then the order of arrival decides; where a carrier has a
// rate, who is next is decided when the next send is due, so that a red alert
// overtakes all that wait. A fixed number of sends run at once at each carrier,
// because one that answers slowly must not cost a thousand connections.
//
// Tell never blocks and the queues are not bounded: they hold only alerts whose
// intention is stored, so their size is that of the journal. An alert that is no
// longer worth sending when its turn comes is reported as not sent and stale.
//
// # When a carrier is out
//
// A breaker turns alerts away from a carrier that is out, and what waits there
// already, to the next one that serves the number. It opens after a refused
// account, or three sends in a row that were not taken or stayed unclear, and
// lets one send through as a probe when its time is over. It never holds an alert
// back: whoever can be reached by no other carrier is tried at this one as if it
// were up, and so is an alert that names it. That a carrier is out is one line in
// the log, an error as soon as it meets somebody whom no other can reach, and in
// [Fanout.Carriers] as long as it lasts.
//
// # Concurrency
//
// [Fanout.Run] owns the workers and the goroutines that store outcomes, and
// waits for both. One mutex guards queues, breakers and the set of alerts in
// hand; it is never held while sending, reporting or logging. Tell, Has, Ways and
// Stop wait for nothing else; a worker waits for its carrier, never for the
// journal; stopping a call is work of the lane of its carrier, before what it has
// to send.
package fanout
