package synth

import "strconv"

// phones gives telephone numbers that pass the checks of an import, each once
// before any comes again.
type phones struct {
	country  string
	prefixes []string // of the national number
	suffix   int      // digits after the prefix
	n, step  uint64
	total    uint64
}

func phonesOf(region string, seed uint64) *phones {
	p := &phones{}
	switch region {
	case "", "CN":
		p.country, p.suffix = "+86", 8
		p.prefixes = []string{
			"130", "131", "132", "133", "134", "135", "136", "137", "138", "139", "150", "151", "152", "153", "155",
			"156", "157", "158", "159", "180", "181", "182", "183", "184", "185", "186", "187", "188", "189",
		}
	case "HK":
		p.country, p.suffix = "+852", 6
		p.prefixes = []string{"61", "63", "64", "65", "69"}
	default:
		p.country, p.suffix = "+1", 2
		for _, area := range []string{
			"202", "206", "212", "214", "215", "303", "305", "310", "312", "313", "314", "317", "404", "407", "408",
			"412", "415", "503", "504", "512", "602", "612", "615", "617", "619", "702", "713", "718", "801", "816",
		} {
			p.prefixes = append(p.prefixes, area+"55501")
		}
	}
	p.total = uint64(len(p.prefixes))
	for range p.suffix {
		p.total *= 10
	}
	// A prime that divides no total above, so that the walk visits every number once.
	p.step = 982_451_653
	p.n = seed % p.total
	return p
}

func (p *phones) next() string {
	p.n = (p.n + p.step) % p.total
	size := p.total / uint64(len(p.prefixes))
	digits := strconv.FormatUint(size+p.n%size, 10)[1:]
	return p.country + p.prefixes[p.n/size] + digits
}
