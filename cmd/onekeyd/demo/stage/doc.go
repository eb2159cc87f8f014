// Package stage makes the demo move: keys are pressed, texts take their time,
// and those who were asked or are rung up answer or do not, go there, arrive and say
// what it was; and whoever is on call sees to what nobody does.
//
// # Promise
//
// Nothing here reaches into the daemon. A press is an HTTP request with the
// gateway's token, an answer is typed on a make-believe phone and comes back
// through the carrier's signed webhook, as it does from a real one. [Desk] alone
// is handed the commands of the daemon's desk, as its console is.
//
// # Concurrency
//
// [Presses.Run], [People.Run] and [Desk.Run] each own what they start and wait for it. A
// [Dice] may be shared by all of them.
//
// # Full
//
// Keys rest while more incidents are open than one operator would look at.
package stage
