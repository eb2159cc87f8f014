package alerts

import (
	"log/slog"
	"strings"
)

// MaskPhone keeps the last three digits of a phone number.
func MaskPhone(s string) string {
	if len(s) <= 3 {
		return strings.Repeat("*", len(s))
	}
	// Bytes are safe to cut only in ASCII; anything else is no number at all.
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return "***"
		}
	}
	return "***" + s[len(s)-3:]
}

// MaskPhones masks every run of seven or more digits in free text, together
// with a leading plus. Codes, SIDs' short digit runs and times stay readable.
func MaskPhones(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		j := i
		if s[j] == '+' {
			j++
		}
		k := j
		for k < len(s) && s[k] >= '0' && s[k] <= '9' {
			k++
		}
		switch {
		case k-j >= 7:
			b.WriteString(MaskPhone(s[i:k]))
			i = k
		case k > i:
			b.WriteString(s[i:k])
			i = k
		default:
			b.WriteByte(s[i])
			i++
		}
	}
	return b.String()
}

// LogValue shows which notice it is and how it is addressed, not what it says.
func (n Notice) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("id", n.ID), slog.String("kind", string(n.Kind)), slog.String("lang", n.Lang),
		slog.String("to", MaskPhone(n.To)), slog.Time("not_after", n.NotAfter))
}

// LogValue shows what happened to which notice; a reply's text stays out.
func (e Event) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("key", e.Key), slog.String("id", e.NoticeID), slog.String("ref", e.Ref),
		slog.String("from", MaskPhone(e.From)), slog.String("to", MaskPhone(e.To)),
		slog.String("state", string(e.State)), slog.String("code", e.Code), slog.Bool("inbound", e.Inbound))
}

// LogValue shows the receipt; it holds nothing personal.
func (r Receipt) LogValue() slog.Value {
	return slog.GroupValue(slog.String("ref", r.Ref), slog.String("state", string(r.State)), slog.Int("segments", r.Segments))
}
