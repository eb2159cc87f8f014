// Package templatesim is a stateful stand-in for the SMS services of mainland
// China: it takes sends for approved templates, keeps the messages, pushes
// delivery reports in batches, and turns a reply typed on a make-believe phone
// into a push of its own. It speaks as Aliyun or as Tencent; what the two share,
// templates, limits for each number and batches pushed until they are taken, is
// one. Tests use it; nothing here ever reaches a carrier.
//
// Promise: it takes only what the services' documents say they take, with the
// code they give for each refusal: the signature is computed anew from the
// document, a template must be approved, each of its variables given, filled
// and short enough. A Behaviour can make it as unkind as a carrier gets: late,
// twice, lost, refused, silent after accepting, cut before or after processing.
// One send goes to one number here.
//
// Ordering: OnMessage is called before the send is answered. A push that is not
// taken is repeated as the service does; pushes do not wait for each other.
//
// Concurrency: everything is safe for concurrent use. One goroutine runs for
// each message whose report is due, for the batch that gathers, and for each
// push under way; Close stops them and waits for them. RoundTripper serves in
// the caller's goroutine. All of it works inside a testing/synctest bubble.
//
// Full: nothing is ever forgotten; it is for tests.
package templatesim
