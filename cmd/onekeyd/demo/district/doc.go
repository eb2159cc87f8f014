// Package district makes up a district for the demo: 88 elders over 80 (as many
// as Kenli gave a key to), their families, and those who would come.
//
// # Promise
//
// [New] gives the same district every time for the same year, and one that an
// import would take without a problem. The names of the communities are real
// ones of 垦利街道; everything else is made up: where they lie, the buildings,
// and every person. No number in it belongs to anybody; see numbers.go.
//
// The package starts no goroutines and keeps nothing.
package district
