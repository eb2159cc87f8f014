package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A test that sleeps in real time waits for luck. In a bubble no time passes
// but by sleeping, so a file that sleeps must be one that makes bubbles, or
// that has the package's own word for one: a world is only ever in one.
func TestTestsSleepInBubblesOnly(t *testing.T) {
	looked := 0
	err := fs.WalkDir(os.DirFS("../.."), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") || path == "cmd/onekeyd/habits_test.go" {
			return err
		}
		data, err := os.ReadFile(filepath.Join("../..", path))
		if err != nil {
			return err
		}
		looked++
		text := string(data)
		bubble := strings.Contains(text, "synctest") || strings.Contains(text, "scenario(t") || strings.Contains(text, "*world") || strings.Contains(text, "inBubble(") || strings.Contains(text, "follow(t, l, func(")
		if strings.Contains(text, "time.Sleep(") && !bubble {
			t.Errorf("%s sleeps outside a bubble: wait for a condition", path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if looked < 50 {
		t.Fatalf("only %d test files were looked at", looked)
	}
}
