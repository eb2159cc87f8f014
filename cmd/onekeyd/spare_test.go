package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

// A browser's spare connection must not hold up the end.
func TestSpareConnectionsEndWithTheListener(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") }), ReadHeaderTimeout: time.Minute}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(spare(l)) }()
	early, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer early.Close()
	res, err := http.Get("http://" + l.Addr().String()) // accepted after the early one
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil || string(body) != "hello" {
		t.Fatalf("a used connection is answered %q, %v", body, err)
	}
	res.Body.Close()
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := srv.Shutdown(ctx); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("shutdown took %s", took)
	}
	if err := <-served; err != http.ErrServerClosed {
		t.Error(err)
	}
}
