// Package plans reads, writes and explains plans: who is asked and told when a
// key is pressed, and who is left when nobody answers.
//
// # Promise
//
// A file of plans is taken as a whole or refused with everything that is wrong
// with it, each fault at its place. What it does not mention is as in the
// built-in plan; so an empty file changes nothing. What [Print] writes, [Read]
// reads as the same plans. What is explained is what the plan says, in words,
// and nothing that a plan does not say.
//
// # The file
//
// TOML: a table default, and any number of community, each for the areas it
// names and different from the default only where it says so. A list (shares,
// tiers, desk, on_call) replaces the list it stands for whole: half of a ladder
// is no ladder. Places in faults count from 1, as people do.
//
// The package starts no goroutines and reads no files by itself.
package plans
