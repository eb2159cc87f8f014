package journal

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
	"unsafe"

	"onekeyd/dispatch"

	"golang.org/x/sys/unix"
)

const (
	writerEnv   = "ONEKEYD_TEST_POWERCUT_WRITER"   // data folder of the child
	unsyncedEnv = "ONEKEYD_TEST_POWERCUT_UNSYNCED" // the control
)

// extShutdown is EXT4_IOC_SHUTDOWN, _IOR('X', 125, __u32) of the kernel's
// fs/ext4/ext4.h. With NOLOGFLUSH the file system forgets everything that was
// not flushed, as after a power cut.
const extShutdown = 2<<30 | 4<<16 | 'X'<<8 | 125

// TestPowerCutWriter is the child of TestPowerCut: it stores presses and facts
// and says so, until it is killed.
func TestPowerCutWriter(t *testing.T) {
	dir := os.Getenv(writerEnv)
	if dir == "" {
		t.Skip("only runs as the child of TestPowerCut")
	}
	j, err := Open(t.Context(), Options{Node: "n1", Embedded: Embedded{Dir: dir, unsynced: os.Getenv(unsyncedEnv) != ""}})
	if err != nil {
		t.Fatal(err)
	}
	say := make(chan string, 1024)
	var all sync.WaitGroup
	for w := range 8 {
		all.Go(func() {
			var last uint64
			for n := 0; ; n++ {
				id := fmt.Sprintf("p%d-%d", w, n)
				if _, err := j.PublishPress(context.Background(), dispatch.Press{ID: dispatch.PressID(id), Device: dispatch.DeviceID("D-" + id)}); err != nil {
					return
				}
				say <- "press " + id
				r, err := j.Append(context.Background(), entry(dispatch.CaseID(fmt.Sprint("E-", w)), id), last)
				if err != nil {
					return
				}
				last = r.Seq
				say <- "fact " + id
			}
		})
	}
	go func() { all.Wait(); close(say) }()
	for line := range say {
		fmt.Println("STORED " + line) // one write a line, unbuffered
	}
}

// The power fails under load: every press and fact that was acknowledged
// before is there afterwards. The control, without syncing, loses them; so
// this test can fail.
func TestPowerCut(t *testing.T) {
	if testing.Short() {
		t.Skip("short: the power stays on")
	}
	if os.Getuid() != 0 {
		t.Skip("not root: cannot mount a file system of our own, so a power cut is not tried")
	}
	for name, unsynced := range map[string]bool{"synced": false, "control without syncing": true} {
		t.Run(name, func(t *testing.T) {
			mount := filepath.Join(t.TempDir(), "disk")
			image := mountImage(t, mount)
			dir := filepath.Join(mount, "data")
			acked := writeUntilPowerCut(t, mount, dir, unsynced)
			run(t, "umount", mount)
			run(t, "mount", "-o", "loop", image, mount)

			lost := missing(t, dir, acked)
			t.Logf("%d acknowledged before the cut, %d lost", len(acked), len(lost))
			switch {
			case len(acked) < 200:
				t.Errorf("only %d acknowledged: too few to say anything", len(acked))
			case !unsynced && len(lost) > 0:
				t.Errorf("lost after the power cut: %.200q", lost)
			case unsynced && len(lost) == 0:
				t.Error("nothing was lost without syncing either: the cut is no cut")
			}
		})
	}
}

func mountImage(t *testing.T, mount string) (image string) {
	t.Helper()
	image = mount + ".img"
	f, err := os.Create(image)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(128 << 20); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(mount, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"mkfs.ext4", "-q", image}, {"mount", "-o", "loop", image, mount}} {
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			t.Skipf("cannot %s a file system of our own (%v: %s), so a power cut is not tried", args[0], err, out)
		}
	}
	t.Cleanup(func() { run(t, "umount", mount) })
	return image
}

func run(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %s: %v: %s", name, strings.Join(args, " "), err, out)
	}
}

// writeUntilPowerCut returns what the child had said before the power was cut.
func writeUntilPowerCut(t *testing.T, mount, dir string, unsynced bool) []string {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^TestPowerCutWriter$")
	child.Env = append(os.Environ(), writerEnv+"="+dir)
	if unsynced {
		child.Env = append(child.Env, unsyncedEnv+"=1")
	}
	said, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var acked []string
	enough := make(chan struct{})
	read := make(chan struct{})
	go func() {
		defer close(read)
		var once sync.Once
		for lines := bufio.NewScanner(said); lines.Scan(); {
			if what, ok := strings.CutPrefix(lines.Text(), "STORED "); ok {
				mu.Lock()
				if acked = append(acked, what); len(acked) > 3000 {
					once.Do(func() { close(enough) })
				}
				mu.Unlock()
			}
		}
	}()
	select {
	case <-enough:
	case <-read:
	case <-time.After(8 * time.Second): // a slow disk has fewer by then
	}
	root, err := os.Open(mount)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	mu.Lock()
	before := acked[:len(acked):len(acked)]
	mu.Unlock()
	flag := uint32(unix.FS_SHUTDOWN_FLAGS_NOLOGFLUSH)
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, root.Fd(), extShutdown, uintptr(unsafe.Pointer(&flag)))
	if err := child.Process.Kill(); err != nil {
		t.Error(err)
	}
	<-read
	_ = child.Wait() // killed
	if errno != 0 {
		t.Skipf("this kernel cannot shut a file system down (%v), so a power cut is not tried", errno)
	}
	return before
}

// missing opens the store again and looks for everything that was acknowledged.
func missing(t *testing.T, dir string, acked []string) (lost []string) {
	t.Helper()
	j := openWith(t, Options{Node: "n2", Embedded: Embedded{Dir: dir}})
	defer closing(t, j)
	found := map[string]bool{}
	for n := range 8 {
		records, err := j.CaseRecords(t.Context(), dispatch.CaseID(fmt.Sprint("E-", n)))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range records {
			found["fact "+text(r)] = true
		}
	}
	var stored uint64
	for n := range 8 {
		s, err := j.main.js.Stream(t.Context(), fmt.Sprint("PRESS-", n))
		if err != nil {
			t.Fatal(err)
		}
		stored += s.CachedInfo().State.Msgs
	}
	h := hear(t, j, none)
	defer h.end(t)
	waitFor(t, "all stored presses", func() bool {
		h.mu.Lock()
		defer h.mu.Unlock()
		return uint64(len(h.stored)) == stored
	})
	for _, id := range h.ids(true) {
		found["press "+string(id)] = true
	}
	for _, a := range acked {
		if !found[a] {
			lost = append(lost, a)
		}
	}
	return lost
}
