package journal

import (
	"context"
	"fmt"
	"hash/fnv"
	"strconv"
	"time"

	"onekeyd/dispatch"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// StoreWait is the longest that PublishPress and Append wait for storage. A
// device waits about as long before it tries another way.
const StoreWait = 3 * time.Second

// receivedHeader carries when our gateway had the press, RFC 3339 with nanoseconds.
const receivedHeader = "Onekeyd-Received"

// Stored says where a press is.
type Stored struct {
	At        time.Time // when we were told so
	Duplicate bool      // it was there already, under the same id
	Shard     string    // stream
	Seq       uint64    // sequence in it
}

// PublishPress stores a press and returns when it is on stable storage.
// Dispatchers hear it meanwhile. It returns an error that wraps
// [dispatch.ErrUnstored] within [StoreWait] otherwise; then the device must not
// be told that it was received. The same press may be published again.
func (j *Journal) PublishPress(ctx context.Context, p dispatch.Press) (Stored, error) {
	what := "store press " + string(p.ID) + " of device " + string(p.Device)
	if err := dispatch.CheckID(string(p.Device)); err != nil {
		return Stored{}, fmt.Errorf("%s: device id %w", what, err)
	}
	shard := shardOf(p.Device, j.o.Shards)
	m := nats.NewMsg("press." + shard + "." + string(p.Device))
	m.Data = dispatch.EncodePress(p)
	if p.ID != "" {
		m.Header.Set(jetstream.MsgIDHeader, messageID(p))
	}
	if !p.Received.IsZero() {
		m.Header.Set(receivedHeader, p.Received.UTC().Format(time.RFC3339Nano))
	}
	// Not tried again here: the gateway or the device repeats the press under its own rules.
	ack, err := j.press.publish(ctx, j.writes.to(pressStreams+shard), m)
	if err != nil {
		return Stored{}, storeError(what, err)
	}
	return Stored{At: time.Now(), Duplicate: ack.Duplicate, Shard: ack.Stream, Seq: ack.Sequence}, nil
}

// messageID is a press's identity. The device's clock, where it has one, is part
// of it: a counter that begins again after a new battery is not a retransmission.
func messageID(p dispatch.Press) string {
	id := string(p.Device) + "/" + string(p.ID)
	if !p.At.IsZero() {
		id += "/" + strconv.FormatInt(p.At.UnixNano(), 36)
	}
	return id
}

// shardOf is the hash of the server's {{partition(n,1)}}: FNV-1a of the token,
// modulo n (nats-server subject_transform.go, getHashPartition). A test holds
// the two together.
func shardOf(d dispatch.DeviceID, shards int) string {
	h := fnv.New32a()
	h.Write([]byte(d))
	return strconv.FormatUint(uint64(h.Sum32()%uint32(shards)), 10)
}

// readPress reads a press from its subject, headers and payload. stored is when
// the stream had it; zero on the core path, where now stands in. It refuses
// nothing: the server has acknowledged the press. An id in the form of our own
// counts as none.
func readPress(subject string, h nats.Header, data []byte, stored, now time.Time) dispatch.Press {
	device, defect := deviceOf(subject)
	p := dispatch.ReadStoredPress(device, data)
	if defect != "" {
		p.Defect = defect // the cause of whatever the payload's own device name clashes with
	}
	if looksLikeStreamID(p.ID) {
		if p.Defect == "" {
			p.Defect = fmt.Sprintf("field id is %q, which is kept for presses without an id", string(p.ID))
		}
		p.ID = ""
	}
	p.StoredAt = stored
	had := stored
	if had.IsZero() {
		had = now
	}
	p.Received = had
	if at, err := time.Parse(time.RFC3339Nano, h.Get(receivedHeader)); err == nil && at.Before(had) {
		p.Received = at // a time after storage can only be a wrong clock
	}
	return p
}
