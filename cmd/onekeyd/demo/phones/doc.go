// Package phones is the demo's page of make-believe telephones: every text that
// the simulated carrier took, on the phone it was sent to, every call while it
// rings and what it says, and a way to answer both.
//
// # Promise
//
// What the page shows is what the carrier simulator has, and an answer or a key
// goes the way it goes: through the simulator's signed webhook into the daemon.
// The page is part of the demo only. It asks for no login, since everybody on
// it is made up; who may reach it at all is decided by who mounts it.
//
// # Concurrency
//
// A [Page] holds no state of its own and may serve any number of readers. Each
// stream runs in its request's goroutine and ends with the request. A reader
// that takes nothing for some seconds is cut off and comes back by itself; the
// next stream begins with everything, so nothing is lost by that.
package phones
