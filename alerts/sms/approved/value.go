package approved

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// plain replaces or drops what carriers refuse a whole message for: emoji and
// other symbols, brackets that look like a signature's, ringed numbers. Aliyun
// lists them under isv.UNSUPPORTED_CONTENT
// (https://help.aliyun.com/document_detail/101346.html).
func plain(s string) string {
	if strings.IndexFunc(s, odd) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case !odd(r):
			b.WriteRune(r)
		case strings.ContainsRune("【〖『「", r):
			b.WriteRune('（')
		case strings.ContainsRune("】〗』」", r):
			b.WriteRune('）')
		case r == '•':
			b.WriteRune('·')
		case unicode.Is(unicode.No, r): // ③ is 3, m² is m2
			b.WriteString(norm.NFKC.String(string(r)))
		}
	}
	return strings.TrimSpace(b.String())
}

func odd(r rune) bool {
	return strings.ContainsRune("【〖『「】〗』」•→", r) || unicode.In(r, unicode.So, unicode.No, unicode.Cf, unicode.Co, unicode.Variation_Selector) || r == unicode.ReplacementChar
}

// clip keeps at most so many runes, the last ones if tail; 0 keeps all.
func clip(s string, most int, tail bool) string {
	r := []rune(s)
	if most <= 0 || len(r) <= most {
		return s
	}
	if tail {
		r = r[len(r)-most:]
	} else {
		r = r[:most]
	}
	return strings.TrimSpace(string(r))
}
