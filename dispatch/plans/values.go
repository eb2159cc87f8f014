package plans

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// The readers of single values leave what is there when the file says nothing,
// and report what is not of their kind.

// longest is more than any wait can mean: 90m for 90s is left to whoever reads
// the explanation, but not 90h.
const longest = 24 * time.Hour

func (r *reading) needed(place, key string, v any) {
	if v == nil {
		r.bad(place, "%s is missing", key)
	}
}

func (r *reading) duration(place string, v any, into *time.Duration) {
	if v == nil {
		return
	}
	s, _ := v.(string)
	d, err := time.ParseDuration(s)
	switch {
	case err != nil:
		r.bad(place, `is %s; a time with its unit such as "25s", "3m" or "4h" is expected`, shown(v))
	case d <= 0 || d > longest:
		r.bad(place, "is %s; more than 0 and at most %s is expected", shown(v), durationText(longest))
	default:
		*into = d
	}
}

// durationOrNone takes "0s", too, which is none.
func (r *reading) durationOrNone(place string, v any, into *time.Duration) {
	if s, ok := v.(string); ok {
		if d, err := time.ParseDuration(s); err == nil && d == 0 {
			*into = 0
			return
		}
	}
	r.duration(place, v, into)
}

// most bounds a number of people: an ask of hundreds is a slip of the hand.
const most = 50

func (r *reading) count(place string, v any, into *int, least int64) {
	r.within(place, v, into, least, most)
}

func (r *reading) within(place string, v any, into *int, least, most int64) {
	if v == nil {
		return
	}
	n, ok := v.(int64)
	if !ok || n < least || n > most {
		r.bad(place, "is %s; a whole number from %d to %d is expected", shown(v), least, most)
		return
	}
	*into = int(n)
}

func (r *reading) number(place string, v any, into *float64) {
	if v == nil {
		return
	}
	f, ok := v.(float64)
	if n, whole := v.(int64); whole {
		f, ok = float64(n), true
	}
	if !ok || math.IsNaN(f) || f <= 0 || f > 100 {
		r.bad(place, "is %s; a number above 0 and at most 100 is expected", shown(v))
		return
	}
	*into = f
}

func (r *reading) yes(place string, v any, into *bool) {
	if v == nil {
		return
	}
	b, ok := v.(bool)
	if !ok {
		r.bad(place, "is %s; true or false is expected", shown(v))
		return
	}
	*into = b
}

// textMost is the longest name, in characters, as in the directory.
const textMost = 100

func (r *reading) text(place string, v any, otherwise string) string {
	if v == nil {
		return otherwise
	}
	s, ok := v.(string)
	s = strings.TrimSpace(s)
	if !ok || s == "" || utf8.RuneCountInString(s) > textMost || strings.ContainsFunc(s, func(c rune) bool { return !unicode.IsPrint(c) }) {
		r.bad(place, "is %s; text on one line is expected, at most %d characters", shown(v), textMost)
		return otherwise
	}
	return s
}

// list reads words, or a single one. One that is named twice is a slip of the hand.
func (r *reading) list(place string, v any) []string {
	if v == nil {
		return nil
	}
	items, ok := v.([]any)
	if !ok {
		items = []any{v}
	}
	var all []string
	seen := map[string]bool{}
	for _, item := range items {
		s := r.text(place, item, "")
		if s == "" {
			continue
		}
		if seen[s] {
			r.bad(place, "%q is there twice", s)
		}
		seen[s] = true
		all = append(all, s)
	}
	if len(items) == 0 {
		r.bad(place, "is empty")
	}
	return all
}

// shown is a value as the file has it, cut to fit into a line.
func shown(v any) string {
	s := fmt.Sprint(v)
	if text, ok := v.(string); ok {
		s = strconv.Quote(text)
	}
	if c := []rune(s); len(c) > 40 {
		s = string(c[:40]) + "…"
	}
	return s
}

var hoursForm = regexp.MustCompile(`^([0-9]{1,2}):([0-9]{2}) *[-–] *([0-9]{1,2}):([0-9]{2})$`)

// parseHours reads "08:00-20:00", since midnight. The whole day is 0 to 0, as
// dispatch.OnCall has it.
func parseHours(s string) (from, to time.Duration, err error) {
	m := hoursForm.FindStringSubmatch(s)
	if m == nil {
		return 0, 0, fmt.Errorf(`is %s; hours such as "08:00-20:00" or "20:00-08:00" are expected`, shown(s))
	}
	clock := func(hour, minute string) time.Duration {
		h, _ := strconv.Atoi(hour) // digits, by the form
		m, _ := strconv.Atoi(minute)
		if m > 59 {
			return longest + 1
		}
		return time.Duration(h)*time.Hour + time.Duration(m)*time.Minute
	}
	from, to = clock(m[1], m[2]), clock(m[3], m[4])
	switch {
	case from >= 24*time.Hour || to > 24*time.Hour:
		return 0, 0, fmt.Errorf("is %s; a day is from 00:00 to 24:00", shown(s))
	case from == to || to-from == 24*time.Hour:
		return 0, 0, nil
	}
	return from, to, nil
}

func hoursText(from, to time.Duration) string { return clockText(from) + "-" + clockText(to) }

func clockText(d time.Duration) string {
	return fmt.Sprintf("%02d:%02d", int(d.Hours()), int(d.Minutes())%60)
}

// durationText is the shortest form that a file may have.
func durationText(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// joined writes "a, b or c".
func joined[T ~string](list []T, between, last string) string {
	var b strings.Builder
	for n, s := range list {
		switch {
		case n > 0 && n == len(list)-1:
			b.WriteString(last)
		case n > 0:
			b.WriteString(between)
		}
		b.WriteString(string(s))
	}
	return b.String()
}
