// Package aliyun sends SMS to mainland China through Aliyun's SMS service and
// reads what it pushes back (https://help.aliyun.com/product/44282.html).
//
// Promise: a nil error from Send means Aliyun answered Code OK. Class Transient
// means that the request never left this machine, or that Aliyun refused it and
// it is worth repeating; whenever it may have been processed the class is
// alerts.Unclear. SendSms is not idempotent, so nothing here repeats a request;
// our notice id travels as OutId, comes back in the receipt and settles an
// unclear send by itself.
//
// A notice is carried by a template that Aliyun has approved, its variables 35
// characters long at most. There is no validity period: a stale notice is not
// handed over, and one that Aliyun holds cannot be taken back.
//
// Webhooks come to <anything>/<secret>/report and <anything>/<secret>/up, both
// set in Aliyun's console as "HTTP batch push". They are not signed: package
// secretpath guards them. Aliyun wants its answer within 700 ms, calls again
// after 1, 5 and 10 minutes, and asks with GET whether an address is there.
//
// Full: at most Options.MaxConns requests are in flight, see package post.
//
// Concurrency: a Sender is safe for concurrent use and starts no goroutine.
package aliyun
