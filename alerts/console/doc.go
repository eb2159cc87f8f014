// Package console is the command centre's screen: the pages, the stream of
// events they live on, and the few commands of the desk.
//
// # Promise
//
// A console that is connected shows every change of every open incident, in
// the journal's order, or it knows that it does not: it holds a cursor, asks for
// what it missed, and is told to start over when that is gone. Only a POST
// changes anything. No medical data and no access note leaves through here but
// by the command that puts on record who was shown it.
//
// # Events
//
// GET /v1/snapshot is all open incidents with the cursor they stand for; GET
// /v1/events?after=SEQ is what comes behind. Each event carries the whole
// incident, so that applying one twice, or only the newest, is harmless. The
// ids are journal sequences. An incident's version is the sequence of its last
// fact; commands name the version they were decided on.
//
// # Concurrency
//
// The package starts no goroutine: each stream is served by its request's own,
// which waits in [Board.Next]. An incident is encoded once per version and kind
// of reader, whoever needs it first; the others share the bytes. A reader who
// takes no bytes for five seconds loses the connection and comes back with its
// cursor: connections are dropped, events never. Each mutex here guards one
// table and is never held across a call or a write.
//
// # What is open
//
// The cookie is named __Host-ok and Secure when the public address is https.
// On plain HTTP, meant for the loopback, it is named ok: browsers refuse the
// __Host- prefix there. Forwarding headers are never believed; behind a proxy
// all logins share the proxy's address in the throttle.
package console
