package registry

import (
	"encoding/binary"
	"math"

	"onekeyd/dispatch"
	"onekeyd/geo"
)

// recordVersion begins every encoded record. A record may gain fields at its
// end without a new version: a reader that meets the end early takes zero for
// the rest, one that finds more than it knows leaves it.
const recordVersion = 1

// e7 is a coordinate in ten-millionths of a degree: 1 cm, in four bytes.
// Everything the directory stores is rounded to it, so that reading, writing
// and importing again give the same bytes.
func e7(degrees float64) int32 { return int32(math.Round(degrees * 1e7)) }

func degrees(e7 int32) float64 { return float64(e7) / 1e7 }

func rounded(p geo.Point) geo.Point {
	return geo.Point{Lat: degrees(e7(p.Lat)), Lon: degrees(e7(p.Lon))}
}

// writer appends fields to an encoded record.
type writer struct{ b []byte }

func (w *writer) begin() { w.b = append(w.b[:0], recordVersion) }

func (w *writer) text(s string) {
	w.b = binary.AppendUvarint(w.b, uint64(len(s)))
	w.b = append(w.b, s...)
}

func (w *writer) number(n int) { w.b = binary.AppendUvarint(w.b, uint64(n)) }

func (w *writer) flag(on bool) {
	if on {
		w.b = append(w.b, 1)
	} else {
		w.b = append(w.b, 0)
	}
}

func (w *writer) point(p geo.Point) {
	w.b = binary.LittleEndian.AppendUint32(w.b, uint32(e7(p.Lat)))
	w.b = binary.LittleEndian.AppendUint32(w.b, uint32(e7(p.Lon)))
}

func (w *writer) elder(e dispatch.Elder) {
	w.begin()
	w.point(e.Premises.Point)
	w.flag(e.LivingAlone)
	w.number(e.BirthYear)
	w.text(e.Phone) // before the rest: the phone index reads only this far
	w.text(e.Name)
	w.text(e.Sex)
	w.text(e.Premises.Address)
	w.text(e.Premises.Area)
	w.text(e.Premises.Floor)
	w.text(e.Premises.AccessNote)
	w.text(e.Language)
	w.text(e.Hints)
	w.text(e.Medical)
}

func (w *writer) contact(c dispatch.Contact) {
	w.begin()
	w.text(c.Phone)
	w.text(c.Name)
	w.text(c.Relation)
	w.text(c.Language)
}

func (w *writer) device(d dispatch.Device) {
	w.begin()
	w.text(d.Phone)
	w.text(string(d.Elder))
	w.text(d.Protocol)
	w.text(d.Model)
}

func (w *writer) responder(r dispatch.Responder) {
	w.begin()
	w.point(r.Base)
	w.flag(r.OnDuty)
	w.text(r.Phone)
	w.text(r.Name)
	w.text(string(r.Kind))
	w.text(r.Language)
	w.text(r.Organisation)
	w.list(r.Areas)
	if len(r.Categories) > 0 { // came later; without any the record is what version 1 wrote at first
		w.list(r.Categories)
	}
}

func (w *writer) list(words []string) {
	w.number(len(words))
	for _, s := range words {
		w.text(s)
	}
}

// reader takes fields from a record. It holds the record as one string, from
// which every text field is cut without a further allocation. bad is set by
// anything that no writer wrote.
type reader struct {
	s   string
	bad bool
}

func readRecord(value []byte) reader {
	r := reader{s: string(value)}
	if len(r.s) == 0 || r.s[0] != recordVersion {
		return reader{bad: true}
	}
	r.s = r.s[1:]
	return r
}

func (r *reader) number() int {
	var n uint64
	for i := 0; i < len(r.s) && i < 9; i++ {
		c := r.s[i]
		n |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			r.s = r.s[i+1:]
			return int(n)
		}
	}
	r.bad = r.bad || len(r.s) > 0
	r.s = ""
	return 0
}

func (r *reader) text() string {
	n := r.number()
	if n < 0 || n > len(r.s) {
		r.bad, r.s = true, ""
		return ""
	}
	s := r.s[:n]
	r.s = r.s[n:]
	return s
}

func (r *reader) flag() bool {
	return r.number() == 1
}

func (r *reader) point() geo.Point {
	if len(r.s) < 8 {
		r.bad, r.s = true, ""
		return geo.Point{}
	}
	word := func(s string) int32 {
		return int32(uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24)
	}
	p := geo.Point{Lat: degrees(word(r.s)), Lon: degrees(word(r.s[4:]))}
	r.s = r.s[8:]
	return p
}

func (r *reader) elder(id string) dispatch.Elder {
	e := dispatch.Elder{ID: dispatch.ElderID(id)}
	e.Premises.Point = r.point()
	e.LivingAlone = r.flag()
	e.BirthYear = r.number()
	e.Phone = r.text()
	e.Name = r.text()
	e.Sex = r.text()
	e.Premises.Address = r.text()
	e.Premises.Area = r.text()
	e.Premises.Floor = r.text()
	e.Premises.AccessNote = r.text()
	e.Language = r.text()
	e.Hints = r.text()
	e.Medical = r.text()
	return e
}

func (r *reader) contact(key Key) dispatch.Contact {
	return dispatch.Contact{
		Elder: dispatch.ElderID(key.ID), Rank: key.Rank,
		Phone: r.text(), Name: r.text(), Relation: r.text(), Language: r.text(),
	}
}

func (r *reader) device(id string) dispatch.Device {
	return dispatch.Device{
		ID:    dispatch.DeviceID(id),
		Phone: r.text(), Elder: dispatch.ElderID(r.text()), Protocol: r.text(), Model: r.text(),
	}
}

func (r *reader) responder(id string) dispatch.Responder {
	o := dispatch.Responder{ID: dispatch.ResponderID(id)}
	o.Base = r.point()
	o.OnDuty = r.flag()
	o.Phone = r.text()
	o.Name = r.text()
	o.Kind = dispatch.ResponderKind(r.text())
	o.Language = r.text()
	o.Organisation = r.text()
	o.Areas = r.list()
	o.Categories = r.list()
	return o
}

// list gives nil for none, as at the end of a record that was written before it had one.
func (r *reader) list() []string {
	n := r.count()
	if n == 0 {
		return nil
	}
	words := make([]string, n)
	for i := range words {
		words[i] = r.text()
	}
	return words
}

// phone reads only the phone of a record that is no area.
func (r *reader) phone(kind Kind) string {
	switch kind {
	case Elders:
		r.point()
		r.flag()
		r.number()
	case Responders, Providers:
		r.point()
		r.flag()
	}
	return r.text()
}
