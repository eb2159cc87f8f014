// Package httpgate takes presses over HTTP: POST /v1/presses.
//
// # Promise
//
// 202 is written only after the press is on stable storage. Whatever else
// happens to the request, its answer says whether the sender must try again:
//
//	202  {"press","stored_at"}   stored; a retransmission with the same id gets the same press again
//	400  {"error","field"}       the field named cannot be used; sending it again will not help
//	401                          the bearer token is missing or wrong
//	405, 413, 415                not a POST; longer than dispatch.MaxPress; encoded or of a type that cannot be JSON
//	429  Retry-After             not a red press, and this device sends faster than anyone presses a key
//	503  Retry-After             storage cannot promise now: send the same press again
//
// A sender that wants its retransmission to be recognised gives the press an
// "id" of its own, unique for the device. Without one each request is a press
// of its own, and a repeated one joins the open incident as a repeat.
//
// # Concurrency
//
// [Gate] is an http.Handler without goroutines of its own. A request waits at
// most five seconds for its body and then the intake's wait for storage.
package httpgate
