package sms

import (
	"strings"
	"testing"
)

func TestSegments(t *testing.T) {
	rep := strings.Repeat
	for _, c := range []struct {
		s            string
		enc          Encoding
		units, parts int
	}{
		{"", GSM7, 0, 1},
		{rep("a", 160), GSM7, 160, 1}, {rep("a", 161), GSM7, 161, 2}, {rep("a", 306), GSM7, 306, 2}, {rep("a", 307), GSM7, 307, 3},
		{rep("急", 70), UCS2, 70, 1}, {rep("急", 71), UCS2, 71, 2}, {rep("急", 134), UCS2, 134, 2}, {rep("急", 135), UCS2, 135, 3},
		{rep("€", 80), GSM7, 160, 1}, {rep("€", 81), GSM7, 162, 2},
		{rep("a", 152) + "€" + rep("a", 100), GSM7, 254, 2},
		{rep("a", 152) + "€" + rep("a", 152), GSM7, 306, 3}, // the escape pair moves to part 2 and pushes one letter into part 3
		{rep("😀", 35), UCS2, 70, 1}, {rep("急", 66) + "😀" + rep("急", 66), UCS2, 134, 3},
		{"it’s", UCS2, 4, 1}, {"`", UCS2, 1, 1}, {"ç", UCS2, 1, 1}, {"Çéß¿\n", GSM7, 5, 1}, {"[x]", GSM7, 5, 1},
	} {
		enc, units, parts := Segments(c.s)
		if enc != c.enc || units != c.units || parts != c.parts {
			t.Errorf("%.12q of %d bytes: %s %d %d, want %s %d %d", c.s, len(c.s), enc, units, parts, c.enc, c.units, c.parts)
		}
	}
}

// The alphabet as 3GPP TS 23.038 §6.2.1 prints it, column by column.
func TestGSMAlphabet(t *testing.T) {
	const basic = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
	const ext = "\f^{}\\[~]|€"
	for r := rune(0); r < 0x3000; r++ {
		want := 0
		if strings.ContainsRune(basic, r) {
			want = 1
		} else if strings.ContainsRune(ext, r) {
			want = 2
		}
		if got := gsmWidth(r); got != want {
			t.Errorf("%q takes %d septets, want %d", r, got, want)
		}
	}
}
