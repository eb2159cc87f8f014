package sms

import "unicode/utf8"

// Encoding is the alphabet a message travels in.
type Encoding string

// The two alphabets of 3GPP TS 23.038.
const (
	GSM7 Encoding = "GSM-7"
	UCS2 Encoding = "UCS-2"
)

// Lengths of 3GPP TS 23.040 §9.2.3.24.1: 140 bytes a message, of which a
// concatenation header takes 6; hence 160 or 153 septets, 70 or 67 UTF-16 units.
const (
	gsmSingle, gsmPart   = 160, 153
	ucs2Single, ucs2Part = 70, 67
)

// Segments says how s travels: its alphabet, its length in code units (septets
// or UTF-16 units) and the number of SMS it takes. A septet escape pair and a
// surrogate pair are never split between two parts. The empty text is one SMS.
func Segments(s string) (enc Encoding, units, parts int) {
	enc, single, part := GSM7, gsmSingle, gsmPart
	width := gsmWidth
	for _, r := range s {
		if gsmWidth(r) == 0 {
			enc, single, part, width = UCS2, ucs2Single, ucs2Part, utf16Width
			break
		}
	}
	parts, used := 1, 0
	for _, r := range s {
		w := width(r)
		units += w
		if used+w > part {
			parts, used = parts+1, 0
		}
		used += w
	}
	if units <= single {
		return enc, units, 1
	}
	return enc, units, parts
}

func utf16Width(r rune) int {
	if r > 0xFFFF && r <= utf8.MaxRune {
		return 2
	}
	return 1
}

// gsmWidth is the number of septets r takes in the GSM 7-bit default alphabet
// and its extension table, 0 when it is in neither.
func gsmWidth(r rune) int {
	switch r {
	case '^', '{', '}', '\\', '[', '~', ']', '|', '\f', '€':
		return 2
	case '`':
		return 0
	case '\n', '\r', '£', '¥', 'è', 'é', 'ù', 'ì', 'ò', 'Ç', 'Ø', 'ø', 'Å', 'å',
		'Δ', 'Φ', 'Γ', 'Λ', 'Ω', 'Π', 'Ψ', 'Σ', 'Θ', 'Ξ', 'Æ', 'æ', 'ß', 'É',
		'¤', '¡', 'Ä', 'Ö', 'Ñ', 'Ü', '§', '¿', 'ä', 'ö', 'ñ', 'ü', 'à':
		return 1
	}
	if r >= ' ' && r <= '~' {
		return 1
	}
	return 0
}
