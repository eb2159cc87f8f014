// Package approved maps a notice to a template that a carrier has approved:
// carriers of mainland China take no free text but a template's code and the
// values of its variables.
//
// Promise: what [Table.Fill] returns has no empty variable and none longer than
// the carrier takes, so that no alert is refused for what its data happened to
// be. Where a variable has no value the kind's short form is taken, as in the
// text table; where that cannot be filled either the error says which variable
// it is. [Read] names every fault of a file at once, and refuses one without
// the kinds that call people to the door.
//
// The file is TOML. A variable's value is a pattern of the text table: ${name},
// and [ ] around what is left out when it has no value. A carrier with named
// variables has a table of them, one with positions a list:
//
//	[[template]]
//	kind = "responder_alert"
//	language = "zh"
//	code = "SMS_123456789"
//	vars = { code = "${code}", addr = "${addr}", who = "${name}[，${age}岁${sex}][，${hint}]" }
//
//	[[template]]
//	kind = "responder_alert_min"
//	language = "zh"
//	code = "SMS_123456790"
//	vars = ["${code}", "${addr}"]
//
// A Table is immutable and safe for concurrent use. Nothing blocks and no
// goroutine is started.
package approved
