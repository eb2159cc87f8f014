// Package webhook hands notices to a gateway of the centre's own, over HTTP: a
// GSM modem's spool, a bridge to CMPP, a duty group's robot.
//
// Promise: a nil error from Send means the gateway answered 2xx and has the
// notice from then on. Class Transient means that the request never left this
// machine or that the gateway will take it later; whenever it may have been
// processed the class is alerts.Unclear, and nothing here repeats a request.
//
// # What is posted
//
// One notice, as JSON:
//
//	POST <url>
//	Content-Type: application/json
//	Onekeyd-Signature: t=1764061200,v1=6ff0c8…
//
//	{"id": "i37-c9-1", "kind": "responder_alert", "language": "zh", "to": "+8613800138000",
//	 "text": "【安康一键通】求助37号：幸福里3号楼2单元401，王秀兰。接单回复1，去不了回复2。",
//	 "params": {"code": "37", "addr": "幸福里3号楼2单元401", "name": "王秀兰"},
//	 "not_after": "2026-11-25T09:20:00Z"}
//
// id is ours, one for each attempt to tell one person one thing: a gateway that
// keeps the ids it has seen may take a second one with the same id as done. text
// is ready to be sent; kind and params are there for one that words it itself.
// not_after, which may be missing, is when the notice is no longer worth sending.
//
// The gateway answers 2xx when it has the notice, with {"ref": "…"} if it has an
// id of its own for it. 429 and 503 mean later, with Retry-After if it knows
// when. Any other 4xx is final, and {"class": "bad_number"}, "bad_content" or
// "bad_account" in it says whose fault it is: the number's, the text's, or the
// whole gateway's, as 401, 403 and 404 are by themselves. {"code": "…"} is shown.
//
// # What may be posted back
//
// Receipts and replies, to any address below the one mounted here, signed alike:
//
//	{"events": [
//	  {"id": "i37-c9-1", "state": "delivered"},
//	  {"ref": "77", "state": "failed", "code": "E12", "class": "bad_number"},
//	  {"key": "mo-9", "from": "+8613800138000", "to": "10690", "text": "1"}
//	]}
//
// A receipt has our id or the gateway's ref, and a state: handed, sent,
// delivered or failed. A reply has a text, who typed it, and a key of the
// gateway's own, at most 64 characters, that no other reply ever has: the same
// key counts once. The answer is 200 and {"ok":true} once all is stored; on
// anything else the gateway posts the same again.
//
// # The signature
//
// v1 is the hexadecimal HMAC-SHA256, with the shared secret, of the decimal Unix
// time t, a dot, and the body as it is. We refuse one more than five minutes from
// our clock; within that time a repeated post changes nothing, because its
// states and keys are known.
//
// Full: at most Options.MaxConns requests are in flight, see package post.
//
// Concurrency: a Sender is safe for concurrent use and starts no goroutine.
package webhook
