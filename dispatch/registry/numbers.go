package registry

import "iter"

// told are the kinds of those who are told by telephone.
func told() []Kind { return []Kind{Contacts, Responders, Providers} }

// Numbers yields the telephone number, in E.164, of every contact, responder
// and provider who has one, in no order that means anything. It reads no more
// of a record than its number.
func (s *Snapshot) Numbers() iter.Seq2[Key, string] {
	return func(yield func(Key, string) bool) {
		for _, kind := range told() {
			for k, record := range s.tables[kind].all() {
				in := readRecord(record)
				if number := in.phone(kind); number != "" && !yield(keyOf(kind, k), number) {
					return
				}
			}
		}
	}
}

// Numbers yields the same of a batch.
func (b *Batch) Numbers() iter.Seq2[Key, string] {
	return func(yield func(Key, string) bool) {
		for _, kind := range told() {
			for k, v := range b.records(kind) {
				in := readRecord(v.record)
				if number := in.phone(kind); number != "" && !yield(keyOf(kind, k), number) {
					return
				}
			}
		}
	}
}
