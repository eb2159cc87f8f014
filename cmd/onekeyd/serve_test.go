package main

import (
	"bytes"
	"context"
	"io"
	"strings"
	"sync"
	"testing"
)

// said is what a command has written so far.
type said struct {
	mu  sync.Mutex // guards out
	out bytes.Buffer
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.out.Write(p)
}

func (s *said) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.out.String()
}

// Who lost the first link, or used it and set no password, is shown another at the next start.
func TestLinkIsShownUntilThereIsAPassword(t *testing.T) {
	dir := t.TempDir()
	links := map[string]bool{}
	for range 2 {
		ctx, stop := context.WithCancel(t.Context())
		var out said
		done := make(chan error, 1)
		go func() {
			done <- run(ctx, []string{"serve", "-data", dir, "-http-listen", "127.0.0.1:0", "-nats-listen", "127.0.0.1:0", "-mqtt-listen", "off"}, &out, io.Discard)
		}()
		eventually(t, "a link is printed", func() bool { return strings.Contains(out.String(), "/link/") })
		stop()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		links[out.String()] = true
	}
	if len(links) != 2 {
		t.Errorf("two starts showed %d links", len(links))
	}
}
