// Package welfare makes the list of elders by who should be looked at first: for
// the day on which there are more of them than helpers, and for the day on which
// nothing but paper works.
//
// # Promise
//
// The list is made from the directory and the open calls in memory, at the moment
// it is asked for, and needs no console, carrier or disk. Calls that an area's
// incident has gathered come first, red keys before all others; then everybody in
// the order of dispatch.Risk, each with the reasons in words. Among equals homes stay
// together as one would walk them: by area, then address, house 2 before house 13.
//
// No medical text is on it, only that there is a note, and no access note. A
// cell that a spreadsheet could take for a formula begins with an apostrophe.
//
// # Limits
//
// One list is ranked at a time and [atOnce] are written; who comes beyond that is asked to
// come again. Ranking holds the ids, areas, addresses and keys of those on the
// list; each row is read from the directory as it is written, and a reader who
// takes nothing for [stall] loses the connection. The page shows the first [onPage] and says so;
// the CSV is whole.
//
// # Concurrency
//
// The package starts no goroutine. One mutex lets one ranking at a time through;
// it is never held while writing.
package welfare
