package registry

import (
	"bytes"
	"encoding/binary"
	"iter"

	"github.com/cespare/xxhash/v2"
)

// table is an immutable map from a key to the encoded bytes of a record.
//
// A million records as Go structs are ten million pointers that the garbage
// collector follows while presses wait for a core. Here they are a few thousand
// byte slices: records lie one after the other in a shard, and the shard's index
// holds their offsets. A change copies one shard (a four-thousandth of the
// table) and the list of shards; readers keep the shards they hold.
//
// Keys that begin with the same group hash alike, so they lie in one chain of
// one shard and can be listed together: the contacts of an elder, the people
// who have a number.
type table struct {
	group  grouping
	shards []*shard // shardCount long; nil is an empty shard
	count  int
	size   int // bytes of keys and values
}

// grouping gives the leading part of a key that is hashed.
type grouping func(key []byte) []byte

const (
	shardBits  = 12
	shardCount = 1 << shardBits
)

// shard holds entries as uvarint key length, key, uvarint value length, value.
// index is an open hash table of 1 + offset into data; 0 is free.
type shard struct {
	data  []byte
	index []uint32
	count int
}

func newTable(group grouping) *table {
	return &table{group: group, shards: make([]*shard, shardCount)}
}

// wholeKey is the grouping of tables that have one record a key.
func wholeKey(key []byte) []byte { return key }

// untilHash is the grouping of keys like "E-1#2"; no identifier holds '#'.
func untilHash(key []byte) []byte {
	if i := bytes.IndexByte(key, '#'); i >= 0 {
		return key[:i]
	}
	return key
}

// place splits a hash into the shard and the first slot in it.
func place(group []byte) (shardNo int, slot uint64) {
	h := xxhash.Sum64(group)
	return int(h >> (64 - shardBits)), h
}

// get gives the value of key. It aliases the table and must not be changed.
func (t *table) get(key []byte) ([]byte, bool) {
	no, slot := place(t.group(key))
	s := t.shards[no]
	if s == nil {
		return nil, false
	}
	for i := slot; ; i++ {
		at := s.index[i&uint64(len(s.index)-1)]
		if at == free {
			return nil, false
		}
		if at == gone {
			continue
		}
		if k, v, _ := entryAt(s.data, int(at-1)); bytes.Equal(k, key) {
			return v, true
		}
	}
}

func (t *table) has(key []byte) bool {
	_, ok := t.get(key)
	return ok
}

// inGroup yields every entry whose key has this group, in no order.
func (t *table) inGroup(group []byte) iter.Seq2[[]byte, []byte] {
	return func(yield func(k, v []byte) bool) {
		no, slot := place(group)
		s := t.shards[no]
		if s == nil {
			return
		}
		for i := slot; ; i++ {
			at := s.index[i&uint64(len(s.index)-1)]
			if at == free {
				return
			}
			if at == gone {
				continue
			}
			if k, v, _ := entryAt(s.data, int(at-1)); bytes.Equal(t.group(k), group) && !yield(k, v) {
				return
			}
		}
	}
}

// all yields every entry, always in the same order for the same history.
func (t *table) all() iter.Seq2[[]byte, []byte] {
	return func(yield func(k, v []byte) bool) {
		for _, s := range t.shards {
			if s == nil {
				continue
			}
			for at := 0; at < len(s.data); {
				k, v, next := entryAt(s.data, at)
				if !yield(k, v) {
					return
				}
				at = next
			}
		}
	}
}

// Slots of an index that hold no offset.
const (
	free = 0
	gone = 1<<32 - 1 // only while a shard is being edited
)

func entryAt(data []byte, at int) (key, value []byte, next int) {
	k, n := binary.Uvarint(data[at:])
	at += n
	key = data[at : at+int(k) : at+int(k)]
	at += int(k)
	v, n := binary.Uvarint(data[at:])
	at += n
	next = at + int(v)
	return key, data[at:next:next], next
}

func appendEntry(data, key, value []byte) []byte {
	data = binary.AppendUvarint(data, uint64(len(key)))
	data = append(data, key...)
	data = binary.AppendUvarint(data, uint64(len(value)))
	return append(data, value...)
}
