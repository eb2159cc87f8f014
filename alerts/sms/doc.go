// Package sms holds what a text message says, how long it is, and what a reply
// means.
//
// Promise: a text that Render returns has every variable filled and fits one SMS
// whenever the table has a short form that does; ParseReply says accept only
// when nothing in the reply speaks against it, because a responder wrongly
// believed to be on the way is worse than one asked again.
//
// Everything is pure and safe for concurrent use. Nothing blocks, nothing is
// kept, no goroutine is started.
package sms
