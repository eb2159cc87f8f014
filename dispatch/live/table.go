package live

import (
	"hash/maphash"
	"iter"
	"sync"
)

// table is a map cut into parts, so that whoever walks a million entries never
// holds up a single write for longer than one part takes to copy.
type table[K ~string, V any] struct {
	seed  maphash.Seed
	parts [64]part[K, V]
}

type part[K ~string, V any] struct {
	mu sync.RWMutex // guards m
	m  map[K]V
}

func newTable[K ~string, V any]() *table[K, V] {
	t := &table[K, V]{seed: maphash.MakeSeed()}
	for i := range t.parts {
		t.parts[i].m = map[K]V{}
	}
	return t
}

func (t *table[K, V]) part(k K) *part[K, V] {
	return &t.parts[maphash.String(t.seed, string(k))%uint64(len(t.parts))]
}

func (t *table[K, V]) get(k K) (V, bool) {
	p := t.part(k)
	p.mu.RLock()
	defer p.mu.RUnlock()
	v, ok := p.m[k]
	return v, ok
}

// all walks a copy of one part after the other; the body may use the table.
func (t *table[K, V]) all() iter.Seq2[K, V] {
	type entry struct {
		k K
		v V
	}
	return func(yield func(K, V) bool) {
		var copied []entry
		for i := range t.parts {
			p := &t.parts[i]
			copied = copied[:0]
			p.mu.RLock()
			for k, v := range p.m {
				copied = append(copied, entry{k, v})
			}
			p.mu.RUnlock()
			for _, e := range copied {
				if !yield(e.k, e.v) {
					return
				}
			}
		}
	}
}

// drop removes what is old.
func (t *table[K, V]) drop(old func(V) bool) {
	for i := range t.parts {
		p := &t.parts[i]
		p.mu.Lock()
		for k, v := range p.m {
			if old(v) {
				delete(p.m, k)
			}
		}
		p.mu.Unlock()
	}
}
