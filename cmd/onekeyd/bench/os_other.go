//go:build !linux

package bench

import (
	"syscall"
	"time"
)

// Elsewhere the bench runs and says less: sleeps are less exact, and memory and
// processors of the daemon are not looked at.

func sharpen()                      {}
func sleepUntil(t time.Time)        { time.Sleep(time.Until(t)) }
func leashed() *syscall.SysProcAttr { return nil }
func cpuOf(int) time.Duration       { return 0 }
func memoryOf(int) (now, peak int)  { return 0, 0 }
func loadAverage() float64          { return 0 }
func cpuModel() string              { return "" }
func diskOf(string) string          { return "" }
