package journal

import (
	"context"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"time"
)

// clientPause is the least time between two lines about clients. Whoever
// reaches the listener can cause as many as it likes, and must not be able to
// fill the disk, or to bury what else is said.
const clientPause = time.Second

// clipLine bounds a line about a client, in bytes: parts of it are the client's own words.
const clipLine = 500

// In the server's lines, a client is known by its number (nats-server
// client.go, initClient: cid, or wid for websocket and mid for MQTT), and what
// it called itself is quoted (client.go, authViolation and getAuthUser).
var (
	aboutClient = regexp.MustCompile(` - (cid|wid|mid|mid_ws):\d+ - `)
	quoted      = regexp.MustCompile(`"(?:[^"\\]|\\.)*"`)
)

// serverLog passes the server's lines on, and remembers what it died of. Of
// lines about clients it passes one a second, with the number of those left out.
type serverLog struct {
	log *slog.Logger

	mu      sync.Mutex // guards all below
	died    string
	pause   *time.Timer // runs while lines about clients are held back; nil otherwise
	held    int         // how many were
	last    string      // the last of them
	level   slog.Level  // the worst of them
	stopped bool
}

func (l *serverLog) Noticef(format string, v ...any) {
	l.log.Debug("nats server", "said", withoutNames(fmt.Sprintf(format, v...)))
}
func (l *serverLog) Warnf(format string, v ...any)  { l.say(slog.LevelWarn, format, v) }
func (l *serverLog) Errorf(format string, v ...any) { l.say(slog.LevelError, format, v) }
func (l *serverLog) Debugf(string, ...any)          {}
func (l *serverLog) Tracef(string, ...any)          {}

func (l *serverLog) say(level slog.Level, format string, v []any) {
	line := withoutNames(fmt.Sprintf(format, v...))
	if !aboutClient.MatchString(line) {
		l.log.Log(context.Background(), level, "nats server", "said", line)
		return
	}
	if len(line) > clipLine {
		line = strings.ToValidUTF8(line[:clipLine], "") + "…"
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.pause == nil {
		l.log.Log(context.Background(), level, "nats server", "said", line)
		if !l.stopped {
			l.pause = time.AfterFunc(clientPause, l.pauseOver)
		}
		return
	}
	l.last = line
	if l.held++; l.held == 1 || level > l.level {
		l.level = level
	}
}

// pauseOver says what was held back, and begins the next pause if that was anything.
func (l *serverLog) pauseOver() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stopped {
		return
	}
	l.pause = nil
	if l.held > 0 {
		l.sayHeld()
		l.pause = time.AfterFunc(clientPause, l.pauseOver)
	}
}

// sayHeld says the last of the lines held back, for all of them. mu is held.
func (l *serverLog) sayHeld() {
	l.log.Log(context.Background(), l.level, "nats server", "said", l.last, "of", l.held)
	l.held, l.last = 0, ""
}

// stop says what is held back. The server must have been shut down.
func (l *serverLog) stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stopped = true
	if l.pause != nil {
		l.pause.Stop()
		l.pause = nil
	}
	if l.held > 0 {
		l.sayHeld()
	}
}

// withoutNames hides what a refused client called itself: it may be a token
// that was put in the wrong field, and tokens must not be in logs.
func withoutNames(line string) string {
	if !strings.Contains(strings.ToLower(line), "authentication") {
		return line
	}
	return quoted.ReplaceAllString(line, `"[not shown]"`)
}

func (l *serverLog) Fatalf(format string, v ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.died == "" {
		l.died = fmt.Sprintf(format, v...)
	}
}

func (l *serverLog) fatal() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.died
}
