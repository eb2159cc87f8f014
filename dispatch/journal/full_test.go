package journal

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"onekeyd/dispatch"

	"golang.org/x/sys/unix"
)

// smallDisk mounts a file system of size bytes, or skips.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("not root: cannot mount a small file system, so a full disk is not tried")
	}
	dir := t.TempDir()
	if err := unix.Mount("onekeyd-test", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("cannot mount a small file system (%v), so a full disk is not tried", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Errorf("unmount %s: %v", dir, err)
		}
	})
	return dir
}

// ballast fills the rest of the disk.
func ballast(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := io.Copy(f, zeros{}); !errors.Is(err, unix.ENOSPC) {
		t.Fatalf("filling the disk ended with %v", err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// The disk fills up and is cleared again. Nothing that was acknowledged is
// lost, whatever is refused is refused in time, reading goes on, and writing
// comes back by itself.
func TestFullDisk(t *testing.T) {
	dir := smallDisk(t, "48m")
	j := openWith(t, Options{Node: "n1", Embedded: Embedded{Dir: filepath.Join(dir, "data"), MaxStore: 1 << 30}})
	defer closing(t, j)
	h := hear(t, j, all)
	defer h.end(t)
	r := follow(t, j, 0)
	defer r.end(t)
	kept := mustAppend(t, j, entry("E-1", "before"), 0)
	acked := map[dispatch.PressID]bool{}
	press := func(n int) (time.Duration, error) {
		id := dispatch.PressID(fmt.Sprint("p", n))
		began := time.Now()
		_, err := j.PublishPress(t.Context(), dispatch.Press{ID: id, Device: dispatch.DeviceID(fmt.Sprint("D-", n%16))})
		if err == nil {
			acked[id] = true
		} else if !errors.Is(err, dispatch.ErrUnstored) {
			t.Fatalf("press %d: %v", n, err)
		}
		return time.Since(began), err
	}
	n := 0
	for ; n < 100; n++ {
		if _, err := press(n); err != nil {
			t.Fatal(err)
		}
	}

	ballast(t, filepath.Join(dir, "ballast"))
	var refused int
	var longest time.Duration
	for ; refused < 30 && n < 100_000; n++ {
		took, err := press(n)
		longest = max(longest, took)
		if err != nil {
			refused++
		}
	}
	if refused < 30 {
		t.Fatal("the full disk refused nothing")
	}
	if longest > StoreWait+500*time.Millisecond {
		t.Errorf("a refusal took %s", longest)
	}
	if err := j.Ready(t.Context()); err == nil {
		t.Error("ready with a full disk")
	}
	var appended uint64 = kept.Seq
	for i := 0; ; i++ { // the block of INCIDENTS may have room for a while
		rec, err := j.Append(t.Context(), entry("E-1", "during "+string(make([]byte, 32<<10))), appended)
		if errors.Is(err, dispatch.ErrUnstored) {
			break
		}
		if err != nil || i == 10_000 {
			t.Fatalf("append %d on a full disk: %v", i, err)
		}
		appended = rec.Seq
	}
	if records, err := j.CaseRecords(t.Context(), "E-1"); err != nil || len(records) == 0 {
		t.Errorf("reading stopped: %d records, %v", len(records), err)
	}

	if err := os.Remove(filepath.Join(dir, "ballast")); err != nil {
		t.Fatal(err)
	}
	freed := time.Now()
	waitFor(t, "writing to come back", func() bool { return j.Ready(t.Context()) == nil })
	back := time.Since(freed)
	for range 64 { // every shard
		n++
		if _, err := press(n); err != nil {
			t.Errorf("after the disk was cleared: %v", err)
		}
	}
	last, err := j.Last(t.Context(), "E-1")
	if err != nil || last < appended {
		t.Fatalf("last of E-1 is %d, %v; %d was acknowledged", last, err, appended)
	}
	end := mustAppend(t, j, entry("E-1", "after"), last)
	waitFor(t, "the last record", func() bool { return r.seen() == end.Seq })
	waitFor(t, "every acknowledged press", func() bool {
		came := map[dispatch.PressID]bool{}
		for _, id := range h.ids(true) {
			came[id] = true
		}
		for id := range acked {
			if !came[id] {
				return false
			}
		}
		return true
	})
	t.Logf("longest refusal %s, %d presses refused one after another; writing again %s after the disk was cleared", longest, refused, back)
}
