package registry

import (
	"encoding/binary"
	"slices"
	"strconv"
)

// sharedMost bounds how many records one number finds. A number that more
// share is a placeholder, and belongs to nobody in particular.
const sharedMost = 64

// ByPhone lists who has this number in E.164, at most 64 records, in order of
// kind and identifier: for replies and callers.
func (s *Snapshot) ByPhone(e164 string) []Key {
	number, ok := numberOf(e164)
	if !ok {
		return nil
	}
	var keys []Key
	for k := range s.phones.inGroup(number[:]) {
		kind := Kind(k[8])
		keys = append(keys, keyOf(kind, k[9:]))
	}
	slices.SortFunc(keys, func(a, b Key) int {
		switch {
		case a.Kind != b.Kind:
			return int(a.Kind) - int(b.Kind)
		case a.ID != b.ID:
			if a.ID < b.ID {
				return -1
			}
			return 1
		}
		return a.Rank - b.Rank
	})
	return keys
}

// byNumber is the grouping of the phone table: eight bytes of number, one of kind, the stored key.
func byNumber(key []byte) []byte { return key[:8] }

// numberOf packs an E.164 number (15 digits at most, ITU-T E.164 section 6) into eight bytes.
func numberOf(e164 string) (number [8]byte, ok bool) {
	if len(e164) < 2 || e164[0] != '+' {
		return number, false
	}
	n, err := strconv.ParseUint(e164[1:], 10, 64)
	if err != nil {
		return number, false
	}
	binary.BigEndian.PutUint64(number[:], n)
	return number, true
}

// movePhone keeps the phone table in step with one record that changed from
// old to now; either may be nil.
func (e *edit) movePhone(kind Kind, stored, old, now []byte) {
	var before, after string
	if old != nil {
		r := readRecord(old)
		before = r.phone(kind)
	}
	if now != nil {
		r := readRecord(now)
		after = r.phone(kind)
	}
	if before == after {
		return
	}
	if number, ok := numberOf(before); ok {
		e.phones.delete(phoneEntry(e.scratch[:0], number, kind, stored))
	}
	if number, ok := numberOf(after); ok && !e.phones.crowded(number[:], sharedMost) {
		e.phones.put(phoneEntry(e.scratch[:0], number, kind, stored), nil)
	}
}

func phoneEntry(b []byte, number [8]byte, kind Kind, stored []byte) []byte {
	b = append(b, number[:]...)
	b = append(b, byte(kind))
	return append(b, stored...)
}
