// Package canary presses a key of its own every so often and sees whether the
// press goes the whole way of a real one.
//
// # Promise
//
// A press that the canary makes comes in by the front door, is stored and
// dispatched like any other, and passes each [Leg] of its way within a time that
// is written at the leg; how long each took is a metric. A leg that two presses in a row have
// missed is an alarm: a line at level error, a bar on every console, a warning of
// readyz, and a message to the engineer on call, who is told at most once in
// 15 minutes of the same failure, at once of another, and once when all is well again.
//
// Nobody but the number that waits for it hears of a canary; see dispatch.Press.Canary.
//
// # Limits
//
// It sees one key, one carrier and the consoles of its own node; each node runs
// its own. What it knows is gone with the process: after a restart two presses
// are missed anew before anybody is woken, and a failure that ended with the
// restart is not taken back.
//
// # Concurrency
//
// [Canary.Run] owns one goroutine for alarms and one for each press on its way,
// of which there are as many as fit between two deadlines, and waits for all.
// Telling the engineer may take its time and holds no press up. Two mutexes guard
// the presses on their way and what was missed; they are never held together,
// nor across a call.
package canary
