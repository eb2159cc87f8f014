// Package geo knows where things are: points, true distances, datums, the
// nearest of many moving points, and the areas a district is divided into.
//
// # Promise
//
// Every coordinate inside the project is WGS-84 degrees; [Datum] converts at
// the border. [Distance] is the length of the geodesic on the WGS-84
// ellipsoid. [Index.Nearest] is exact: it gives the answer that a comparison
// with every point would give, at the poles and across the antimeridian too.
// [Areas.Locate] gives the deepest area whose polygon holds a point. The
// package does no input or output and reads no clock but the flush timer of
// [Index.Run].
//
// # Ordering
//
// For one id the newest [Index.Move] or [Index.Remove] wins, whoever flushes.
// A lookup sees each id at one place, its newest or the one before; moves of
// different ids may become visible in any order. A move made before [Index.Flush] is called is visible when Flush
// returns; without it, at the latest one [BatchInterval] and one flush after
// the call, as long as Run is running. Neighbours come in order of distance,
// equal distances in order of id.
//
// # When it is full
//
// The queue of moves holds one position per id: a newer position replaces the
// one that waits. So it is bounded by the number of ids, nothing is dropped
// that a lookup could still want, and Move and Remove never wait for a lookup
// or for a batch being applied. If nobody runs Run or calls Flush, the queue
// keeps the newest positions and lookups keep answering from the old ones.
//
// # Concurrency
//
// All methods of [Index] may be called from any goroutine. Run owns the one
// goroutine's worth of work there is (it starts none) and returns when its
// context ends, after a last flush. Three mutexes, when held together always
// taken in this order: applying (one batch at a time), then queueing (the
// waiting moves) or mu (the tree). Nearest calls keep while it holds mu for
// reading: keep must be quick and must not call methods of the same index.
// [Areas], [MultiPolygon] and [Datum] are immutable values.
package geo
