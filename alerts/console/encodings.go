package console

import (
	"fmt"
	"sync"

	"onekeyd/dispatch"
)

// keptEncodings bounds the shared encodings: at 1,000 changes a second it is
// one second of them. A reader further behind has its own made again.
const keptEncodings = 1024

// encodings holds an incident's JSON by version, so that fifty consoles cost
// one encoding. A version is a journal sequence, unique among all incidents.
type encodings struct {
	look func(*dispatch.Incident) around

	mu   sync.Mutex // guards what follows
	made map[encodingKey]*encoding
	ring [keptEncodings]encodingKey
	at   int
}

type encodingKey struct {
	version uint64
	who     reader
}

type encoding struct {
	once sync.Once
	data []byte
	err  error
}

// of is the incident's JSON for one kind of reader; the bytes are shared and must not be changed.
func (e *encodings) of(inc *dispatch.Incident, who reader) ([]byte, error) {
	key := encodingKey{inc.Seq, who}
	e.mu.Lock()
	enc := e.made[key]
	if enc == nil {
		enc = &encoding{}
		delete(e.made, e.ring[e.at])
		e.made[key] = enc
		e.ring[e.at] = key
		e.at = (e.at + 1) % keptEncodings
	}
	e.mu.Unlock()
	enc.once.Do(func() { enc.data, enc.err = encode(inc, who, e.look(inc)) })
	if enc.err != nil {
		return nil, fmt.Errorf("encode incident %s: %w", inc.ID, enc.err)
	}
	return enc.data, nil
}
