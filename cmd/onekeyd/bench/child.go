package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// stopTime is how long a child may take to stop before it is killed.
const stopTime = 15 * time.Second

// child is a process of ours.
type child struct {
	cmd     *exec.Cmd
	started time.Time
	ended   chan struct{}
	err     error // of Wait; read after ended
}

// launch starts exe with these arguments and settings. Nothing of our own
// settings gets through: a bench must never meet a real carrier or folder.
func launch(exe string, args []string, settings map[string]string, stdout io.Writer, stderr *os.File) (*child, error) {
	cmd := exec.Command(exe, args...)
	cmd.Env = environ(os.Environ(), settings)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	cmd.SysProcAttr = leashed()
	cmd.WaitDelay = time.Second // a grandchild with our pipe must not hold us up
	c := &child{cmd: cmd, ended: make(chan struct{})}
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // the leash is tied to the thread, which lives as long as the child
		defer runtime.UnlockOSThread()
		c.started = time.Now()
		err := cmd.Start()
		started <- err
		if err == nil {
			c.err = cmd.Wait()
		}
		close(c.ended)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s %s: %w", exe, args[0], err)
	}
	return c, nil
}

func environ(ours []string, settings map[string]string) []string {
	var env []string
	for _, kv := range ours {
		if !strings.HasPrefix(kv, "ONEKEYD_") && !strings.HasPrefix(kv, "TWILIO_") {
			env = append(env, kv)
		}
	}
	for name, value := range settings {
		env = append(env, name+"="+value)
	}
	return env
}

func (c *child) pid() int { return c.cmd.Process.Pid }

// stop asks the child to end, and sees that it does.
func (c *child) stop() {
	_ = c.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	select {
	case <-c.ended:
	case <-time.After(stopTime):
		_ = c.cmd.Process.Kill()
		<-c.ended
	}
}

// finish waits until the child ends by itself.
func (c *child) finish(ctx context.Context) error {
	select {
	case <-c.ended:
		return c.err
	case <-ctx.Done():
		c.stop()
		return ctx.Err()
	}
}

var errEnded = errors.New("it ended by itself")

// ownCPU is the processor time this process has used.
func ownCPU() time.Duration {
	var r syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &r) != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
