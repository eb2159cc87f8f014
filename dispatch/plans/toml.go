package plans

import (
	"fmt"
	"strconv"
	"strings"
)

// numberText is a float that no reader takes for a whole number.
func numberText(f float64) string {
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

// rows writes a list of tables, one a line.
func (b *printing) rows(key string, rows []string) {
	if len(rows) == 0 {
		b.text(key + " = []\n")
		return
	}
	b.text(key + " = [\n")
	for _, r := range rows {
		b.text("  " + r + ",\n")
	}
	b.text("]\n")
}

func stringList[T ~string](list []T) string {
	quotedAll := make([]string, len(list))
	for n, s := range list {
		quotedAll[n] = quoted(string(s))
	}
	return "[" + strings.Join(quotedAll, ", ") + "]"
}

// quoted is a basic string of TOML.
func quoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\u%04X`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
