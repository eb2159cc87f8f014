package main

import (
	"os"
	"runtime"
	"runtime/debug"
)

const (
	// gcPercent trades memory for latency: each collection takes a share of two
	// cores from the presses that come meanwhile, and what lives is small.
	gcPercent = 300
	// syncing is how many threads wait for a disk at a time on the way of a
	// press: its own stream's and that of the incidents. A thread in fsync keeps
	// its place in the Go scheduler until somebody notices, so on two cores both
	// places can be taken by threads that only wait. Two more places brought the
	// median from 1.06 to 0.94 ms and p99 from 5.3 to 2.9 ms at 100 presses a
	// second (two cores, four runs).
	syncing = 2
)

// tune fits the runtime to a program that mostly waits for disks. Whoever sets
// GOGC or GOMAXPROCS knows better.
func tune() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + syncing)
	}
}
