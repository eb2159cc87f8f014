// Package voice holds what a call says.
//
// Promise: a [Script] has every variable filled, says who calls, what happened,
// where, and which keys answer it, and holds nothing of the elder's health but
// the operational hints that an SMS holds, too. The incident's code is spelt
// digit by digit: thirty-seven and seventy-three sound alike on a bad line.
//
// The words have a table of their own, words.json, whose texts are written as
// those of the SMS table are. Spoken and written texts change for different
// reasons, and an SMS's limits on length and characters do not bind a voice.
//
// Everything is pure and safe for concurrent use. Nothing blocks, nothing is
// kept, no goroutine is started.
package voice
