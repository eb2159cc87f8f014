package registry

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/klauspost/compress/zstd"
)

// The log is one stream. Everything that counts is a commit on one subject,
// appended with the expected last sequence of that subject. A commit carries
// its operations itself if they are few, or names an import whose chunks were
// stored before it; chunks that no commit names mean nothing.
const (
	streamName  = "DIRECTORY"
	headSubject = "directory.head"
	chunkPrefix = "directory.chunk."

	commitVersion = 1
	chunkVersion  = 1

	// chunkRaw is how much is packed into one chunk. zstd adds a few bytes at worst, so a chunk stays below
	// 512 KiB, half of what a NATS message may hold.
	chunkRaw = 500 << 10
	// inlineRaw is what a commit carries itself; base64 makes it a third longer.
	inlineRaw = 64 << 10
)

// What a commit does. The words are in the log: never change one.
const (
	whatChange = "change" // one record
	whatImport = "import" // the difference an import makes
	whatBase   = "base"   // everything there is, again; replaces all commits before it
)

// commit is one message on the head subject.
type commit struct {
	V       int       `json:"v"`
	Version uint64    `json:"version"` // one more than the commit before
	ID      string    `json:"id"`      // also the last token of the chunks' subject
	What    string    `json:"what"`
	By      string    `json:"by,omitempty"`
	At      time.Time `json:"at"`
	Ops     []byte    `json:"ops,omitempty"`    // operations, if they are few
	Chunks  int       `json:"chunks,omitempty"` // number of chunks otherwise
	First   uint64    `json:"first,omitempty"`  // sequence of the first chunk
	Bytes   int       `json:"bytes"`            // size of the operations, not compressed
}

func decodeCommit(data []byte) (commit, error) {
	var c commit
	if err := json.Unmarshal(data, &c); err != nil {
		return commit{}, fmt.Errorf("decode commit: %w", err)
	}
	if c.V != commitVersion {
		return commit{}, fmt.Errorf("decode commit: version %d is newer than this program", c.V)
	}
	return c, nil
}

// An operation is a byte of kind, with the highest bit set for a removal; the
// key and, unless it is a removal, the record, each after its uvarint length.
const removal = 0x80

func appendPut(b []byte, kind Kind, key, record []byte) []byte {
	return appendEntry(append(b, byte(kind)), key, record)
}

func appendRemoval(b []byte, kind Kind, key []byte) []byte {
	b = append(b, byte(kind)|removal)
	b = binary.AppendUvarint(b, uint64(len(key)))
	return append(b, key...)
}

var errOperations = errors.New("not a sequence of operations")

// applyOps plays operations into an edit.
func applyOps(e *edit, ops []byte) error {
	for len(ops) > 0 {
		kind, removes := Kind(ops[0]&^removal), ops[0]&removal != 0
		key, rest, ok := cutBytes(ops[1:])
		if !ok || kind >= kindCount || len(key) == 0 {
			return errOperations
		}
		ops = rest
		if removes {
			e.delete(kind, key)
			continue
		}
		record, rest, ok := cutBytes(ops)
		if !ok || len(record) == 0 || record[0] != recordVersion {
			return errOperations
		}
		ops = rest
		e.put(kind, key, record)
	}
	return nil
}

func cutBytes(b []byte) (field, rest []byte, ok bool) {
	n, size := binary.Uvarint(b)
	if size <= 0 || n > uint64(len(b)-size) {
		return nil, nil, false
	}
	b = b[size:]
	return b[:n], b[n:], true
}

// packer compresses chunks: a version byte, then one zstd frame with its checksum.
type packer struct{ z *zstd.Encoder }

func newPacker() (*packer, error) {
	z, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, fmt.Errorf("start compression: %w", err)
	}
	return &packer{z}, nil
}

func (p *packer) pack(ops []byte) []byte {
	return p.z.EncodeAll(ops, []byte{chunkVersion})
}

type unpacker struct{ z *zstd.Decoder }

func newUnpacker() (*unpacker, error) {
	z, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(64<<20))
	if err != nil {
		return nil, fmt.Errorf("start decompression: %w", err)
	}
	return &unpacker{z}, nil
}

// unpack appends the operations of a chunk to b.
func (u *unpacker) unpack(b, chunk []byte) ([]byte, error) {
	if len(chunk) == 0 || chunk[0] != chunkVersion {
		return nil, errors.New("decode chunk: its version is not known to this program")
	}
	b, err := u.z.DecodeAll(chunk[1:], b)
	if err != nil {
		return nil, fmt.Errorf("decompress chunk: %w", err)
	}
	return b, nil
}
