// Package tencent sends SMS to mainland China through Tencent Cloud's SMS
// service and reads what it calls back (https://cloud.tencent.com/document/product/382).
//
// Promise: a nil error from Send means Tencent answered Ok for the number. Class
// Transient means that the request never left this machine, or that Tencent
// refused it and it is worth repeating; whenever it may have been processed the
// class is alerts.Unclear. SendSms is not idempotent, so nothing here repeats a
// request. Our notice id travels as SessionContext; receipts bring it back, as
// ext, only for accounts for which Tencent has switched that on. Ask for it: an
// unclear send is settled by nothing else, since the receipt's own sid is
// unknown to us without an answer.
//
// A notice is carried by a template that Tencent has approved, its variables by
// position. There is no validity period: a stale notice is not handed over, and
// one that Tencent holds cannot be taken back.
//
// Webhooks come to <anything>/<secret>/report and <anything>/<secret>/reply,
// both set in Tencent's console. They are not signed: package secretpath guards
// them. One that fails is repeated twice.
//
// Full: at most Options.MaxConns requests are in flight, see package post.
//
// Concurrency: a Sender is safe for concurrent use and starts no goroutine.
package tencent
