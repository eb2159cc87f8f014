// Package access decides who may speak to the daemon: bearer tokens of
// gateways and programs, operators with passwords, their sessions, links that
// log in once, and the seal on links of responders and families.
//
// # Promise
//
// Tokens, sessions and links are stored as SHA-256 (they are 256 random bits,
// so a plain hash is enough), passwords as argon2id. Whoever reads the stream or
// the log can log in nowhere. The one secret on the stream is the key of the
// seal ([Access.Seal]): who reads it could make the link of any person in any
// open incident, as far as that link goes. It is never logged. A check ([Access.Session],
// [Access.Token]) is a look-up in memory and never waits for a disk or a
// network; what [Access] itself has written it sees at once, what another node
// has written it sees as soon as the stream brings it.
//
// # Storage
//
// The stream ACCESS keeps one record a subject (access.operator.NAME,
// access.session.HASH, access.token.HASH, access.link.HASH, access.seal) on file storage,
// so a session survives a restart. Revoking writes a record that says so,
// because a purge would not reach a node that follows. Sessions and links
// carry a time to live and vanish from the stream some time after they ended.
//
// # Ordering
//
// The last record of a subject wins, by stream sequence. A link is consumed by
// an append that names the sequence it was read at, so it logs in once even if
// two nodes are asked at the same moment.
//
// # Concurrency
//
// [Access.Run] owns the follower of the stream. One RWMutex guards the tables
// and is never held across a call. At most two passwords are hashed at a time
// (19 MiB each); further logins wait for their turn until their context ends,
// and the throttle turns most guesses away before that.
package access
