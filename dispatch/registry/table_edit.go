package registry

import "bytes"

// tableEdit collects changes to a table. The table it came from stays as it
// is; seal gives the changed one, and ends the edit. One goroutine only.
type tableEdit struct {
	from  *table
	open  []*openShard // shardCount long, nil is untouched; nil as a whole before the first change
	count int
	size  int
}

// openShard is a private copy of a shard that may grow. Replaced and deleted
// entries stay in data, with no slot pointing to them, until it is sealed.
type openShard struct {
	shard
	used int // slots that are not free
	dead int // bytes of entries without a slot
}

func (t *table) edit() *tableEdit {
	return &tableEdit{from: t, count: t.count, size: t.size}
}

// opened is the private copy of a shard, or nil if it was not changed.
func (e *tableEdit) opened(no int) *openShard {
	if e.open == nil {
		return nil
	}
	return e.open[no]
}

func (e *tableEdit) shard(no int) *openShard {
	if e.open == nil {
		e.open = make([]*openShard, shardCount)
	}
	if o := e.open[no]; o != nil {
		return o
	}
	o := &openShard{}
	if s := e.from.shards[no]; s != nil {
		// Room for one more entry without a second copy.
		o.data = append(make([]byte, 0, len(s.data)+len(s.data)/8+64), s.data...)
		o.index = append([]uint32(nil), s.index...)
		o.count, o.used = s.count, s.count
	} else {
		o.index = make([]uint32, 4)
	}
	e.open[no] = o
	return o
}

// get sees the changes made so far.
func (e *tableEdit) get(key []byte) ([]byte, bool) {
	no, slot := place(e.from.group(key))
	o := e.opened(no)
	if o == nil {
		return e.from.get(key)
	}
	if i, ok := o.find(key, slot); ok {
		_, v, _ := entryAt(o.data, int(o.index[i]-1))
		return v, true
	}
	return nil, false
}

// put says whether it changed anything.
func (e *tableEdit) put(key, value []byte) bool {
	no, slot := place(e.from.group(key))
	if e.opened(no) == nil {
		if v, ok := e.from.get(key); ok && bytes.Equal(v, value) {
			return false
		}
	}
	o := e.shard(no)
	i, ok := o.find(key, slot)
	if ok {
		_, v, next := entryAt(o.data, int(o.index[i]-1))
		if bytes.Equal(v, value) {
			return false
		}
		e.size += len(value) - len(v)
		o.dead += next - int(o.index[i]-1)
	} else {
		e.count++
		e.size += len(key) + len(value)
		o.count++
		if o.used++; o.used*3 > len(o.index)*2 {
			o.reindex(e.from.group, o.count)
		}
		i = o.freeSlot(slot)
	}
	o.index[i] = uint32(len(o.data)) + 1
	o.data = appendEntry(o.data, key, value)
	return true
}

func (e *tableEdit) delete(key []byte) bool {
	if _, ok := e.get(key); !ok {
		return false
	}
	no, slot := place(e.from.group(key))
	o := e.shard(no)
	i, _ := o.find(key, slot)
	k, v, next := entryAt(o.data, int(o.index[i]-1))
	e.count--
	e.size -= len(k) + len(v)
	o.count--
	o.dead += next - int(o.index[i]-1)
	o.index[i] = gone
	return true
}

// seal gives the changed table. Shards that shrank or changed are packed, so
// that a snapshot holds no dead bytes.
func (e *tableEdit) seal() *table {
	if e.open == nil {
		return e.from
	}
	t := &table{group: e.from.group, count: e.count, size: e.size}
	t.shards = append(make([]*shard, 0, shardCount), e.from.shards...)
	for no, o := range e.open {
		if o == nil {
			continue
		}
		t.shards[no] = o.pack(t.group)
		e.open[no] = nil
	}
	return t
}

// find gives the slot of key.
func (o *openShard) find(key []byte, slot uint64) (uint64, bool) {
	mask := uint64(len(o.index) - 1)
	for i := slot; ; i++ {
		switch at := o.index[i&mask]; at {
		case free:
			return 0, false
		case gone:
		default:
			if k, _, _ := entryAt(o.data, int(at-1)); bytes.Equal(k, key) {
				return i & mask, true
			}
		}
	}
}

// freeSlot gives the first slot from here that was never used. Slots of
// deleted entries are not taken again before the shard is packed.
func (o *openShard) freeSlot(slot uint64) uint64 {
	mask := uint64(len(o.index) - 1)
	for slot &= mask; o.index[slot] != free; slot = (slot + 1) & mask {
	}
	return slot
}

// reindex gives n entries twice their number of slots or more.
func (o *openShard) reindex(group grouping, n int) {
	slots := 4
	for slots < n*2 {
		slots *= 2
	}
	old := o.index
	o.index = make([]uint32, slots)
	o.used = 1 // the entry that is about to be put
	for _, at := range old {
		if at == free || at == gone {
			continue
		}
		k, _, _ := entryAt(o.data, int(at-1))
		_, slot := place(group(k))
		o.index[o.freeSlot(slot)] = at
		o.used++
	}
}

// pack copies the live entries, in their order, into a shard of the right size.
func (o *openShard) pack(group grouping) *shard {
	if o.count == 0 {
		return nil
	}
	live := &openShard{}
	live.count = o.count
	live.data = make([]byte, 0, len(o.data)-o.dead)
	slots := 4
	for slots*2 < o.count*3 {
		slots *= 2
	}
	live.index = make([]uint32, slots)
	for at := 0; at < len(o.data); {
		k, v, next := entryAt(o.data, at)
		_, slot := place(group(k))
		if i, ok := o.find(k, slot); ok && int(o.index[i]-1) == at {
			live.index[live.freeSlot(slot)] = uint32(len(live.data)) + 1
			live.data = appendEntry(live.data, k, v)
		}
		at = next
	}
	return &live.shard
}

// crowded says whether a group has as many entries as most.
func (e *tableEdit) crowded(group []byte, most int) bool {
	no, slot := place(group)
	o := e.opened(no)
	if o == nil {
		n := 0
		for range e.from.inGroup(group) {
			n++
		}
		return n >= most
	}
	mask := uint64(len(o.index) - 1)
	n := 0
	for i := slot; n < most; i++ {
		at := o.index[i&mask]
		if at == free {
			return false
		}
		if at == gone {
			continue
		}
		if k, _, _ := entryAt(o.data, int(at-1)); bytes.Equal(e.from.group(k), group) {
			n++
		}
	}
	return true
}
