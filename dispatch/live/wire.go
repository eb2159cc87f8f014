package live

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"onekeyd/dispatch"
	"onekeyd/geo"
)

// On the channel and in the file everything is lines of words:
//
//	p <responder> <unix ms> <lat> <lon>
//	s <device> <unix ms>
//	a <node> <armed consoles>
//	b <node's run>                        a beat, which shows that the channel carries
//
// A position's value in Redis is the end of its line, from the time on. The
// time is padded to 13 digits, so that it has one place and one width.
type line struct {
	what     byte
	id       string
	position Position // p
	ms       int64    // s
	count    int      // a
}

// maxWord bounds an id in bytes; dispatch.CheckID allows 64, and names of nodes are ours.
const maxWord = 128

// wordy says whether s can be one word of a line.
func wordy(s string) bool {
	if s == "" || len(s) > maxWord {
		return false
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] == 0x7f {
			return false
		}
	}
	return true
}

func appendMillis(b []byte, ms int64) []byte { return fmt.Appendf(b, "%013d", ms) }

func appendPlace(b []byte, p Position) []byte {
	b = appendMillis(b, p.At.UnixMilli())
	b = append(b, ' ')
	b = strconv.AppendFloat(b, p.Point.Lat, 'f', -1, 64)
	b = append(b, ' ')
	return strconv.AppendFloat(b, p.Point.Lon, 'f', -1, 64)
}

func appendMove(b []byte, id dispatch.ResponderID, p Position) []byte {
	b = append(append(append(b, "p "...), id...), ' ')
	return append(appendPlace(b, p), '\n')
}

func appendSeen(b []byte, id dispatch.DeviceID, ms int64) []byte {
	b = append(append(append(b, "s "...), id...), ' ')
	return append(appendMillis(b, ms), '\n')
}

func appendArmed(b []byte, id dispatch.NodeID, count int) []byte {
	b = append(append(append(b, "a "...), id...), ' ')
	return append(strconv.AppendInt(b, int64(count), 10), '\n')
}

// parseLine reads one line without its end. What is not a line of ours, or
// not one we could have written, is refused.
func parseLine(s string) (line, bool) {
	what, rest, _ := strings.Cut(s, " ")
	id, value, _ := strings.Cut(rest, " ")
	if len(what) != 1 || !wordy(id) {
		return line{}, false
	}
	l := line{what: what[0], id: id}
	ok := false
	switch l.what {
	case 'p':
		l.position, ok = parsePlace(value)
	case 's':
		l.ms, ok = parseMillis(value)
	case 'a':
		n, err := strconv.Atoi(value)
		l.count, ok = n, err == nil && n >= 0 && n < 1e6
	case 'b':
		ok = value == ""
	}
	return l, ok
}

func parsePlace(s string) (Position, bool) {
	at, rest, _ := strings.Cut(s, " ")
	lat, lon, _ := strings.Cut(rest, " ")
	ms, ok := parseMillis(at)
	y, err1 := strconv.ParseFloat(lat, 64)
	x, err2 := strconv.ParseFloat(lon, 64)
	p := Position{geo.Point{Lat: y, Lon: x}, time.UnixMilli(ms).UTC()}
	return p, ok && err1 == nil && err2 == nil && p.Point.Valid() == nil
}

// parseMillis takes 13 digits: the years 1970 to 2286.
func parseMillis(s string) (int64, bool) {
	if len(s) != 13 {
		return 0, false
	}
	n, err := strconv.ParseUint(s, 10, 63)
	return int64(n), err == nil
}
