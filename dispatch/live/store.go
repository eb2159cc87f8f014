package live

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"onekeyd/dispatch"

	"github.com/redis/go-redis/v9"
)

const (
	// batch is how many changes go in one round trip: about 70 KB, a few milliseconds.
	batch = 1000
	// bucketFor is how long a span of positions shares a key and so an expiry.
	bucketFor = 10 * time.Minute
)

// keepNewest writes positions into a bucket, unless a newer one is there:
// nodes may bring two positions of one responder in either order. ARGV: seconds
// to live, then id and value in turn.
const keepNewest = `
for i = 2, #ARGV, 2 do
  local had = redis.call('HGET', KEYS[1], ARGV[i])
  if not had or tonumber(string.sub(had, 1, 13)) < tonumber(string.sub(ARGV[i+1], 1, 13)) then
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i+1])
  end
end
return redis.call('EXPIRE', KEYS[1], ARGV[1])`

func (s *shared) channel() string { return "{" + s.space + "}:live" }
func (s *shared) seenKey() string { return "{" + s.space + "}:seen" }
func (s *shared) bucketKey(n int64) string {
	return "{" + s.space + "}:positions:" + strconv.FormatInt(n, 10)
}

func bucketOf(at time.Time) int64 { return at.UnixMilli() / bucketFor.Milliseconds() }

// bucketLife is how long a bucket written now must be kept: until its youngest
// position is worthless, and a minute for clocks that differ.
func bucketLife(n int64, now time.Time) time.Duration {
	end := time.UnixMilli((n + 1) * bucketFor.Milliseconds())
	return end.Sub(now) + PositionFor + time.Minute
}

// flush writes all that waits. What a failed call held is dropped and counted.
func (s *shared) flush(ctx context.Context, client redis.UniversalClient, now time.Time) error {
	c, err := s.queue.take()
	if err != nil {
		return err
	}
	left := c.size()
	b := newWriter(s, client, now, func(n int) error { left -= n; return nil })
	err = b.all(ctx, c)
	if err != nil {
		s.queue.lost(left)
	}
	return err
}

// writer gathers changes into round trips.
type writer struct {
	s       *shared
	client  redis.UniversalClient
	now     time.Time
	written func(int) error // after each round trip

	held    int
	buckets map[int64][]any // arguments of keepNewest, the time to live still to be set
	seen    []redis.Z
	message []byte
}

func newWriter(s *shared, client redis.UniversalClient, now time.Time, written func(int) error) *writer {
	return &writer{s: s, client: client, now: now, written: written, buckets: map[int64][]any{}}
}

// all writes one fill of the queue, presence first: it is short and most urgent.
func (w *writer) all(ctx context.Context, c changes) error {
	for node, count := range c.armed {
		w.message = appendArmed(w.message, node, count)
		w.held++
	}
	for id, p := range c.moves {
		if err := w.move(ctx, id, p); err != nil {
			return err
		}
	}
	for id, ms := range c.seen {
		if err := w.mark(ctx, id, ms); err != nil {
			return err
		}
	}
	return w.send(ctx)
}

func (w *writer) move(ctx context.Context, id dispatch.ResponderID, p Position) error {
	n := bucketOf(p.At)
	args := w.buckets[n]
	if args == nil {
		args = append(args, max(1, int64(bucketLife(n, w.now)/time.Second)))
	}
	w.buckets[n] = append(args, string(id), string(appendPlace(nil, p)))
	w.message = appendMove(w.message, id, p)
	return w.more(ctx)
}

func (w *writer) mark(ctx context.Context, id dispatch.DeviceID, ms int64) error {
	w.seen = append(w.seen, redis.Z{Score: float64(ms), Member: string(id)})
	w.message = appendSeen(w.message, id, ms)
	return w.more(ctx)
}

func (w *writer) more(ctx context.Context) error {
	if w.held++; w.held < batch {
		return nil
	}
	return w.send(ctx)
}

// send stores, then says it: who hears of a change may rely on Redis having it.
func (w *writer) send(ctx context.Context) error {
	if w.held == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, callFor)
	defer cancel()
	pipe := w.client.Pipeline()
	for n, args := range w.buckets {
		pipe.Eval(ctx, keepNewest, []string{w.s.bucketKey(n)}, args...)
	}
	if len(w.seen) > 0 {
		pipe.ZAddArgs(ctx, w.s.seenKey(), redis.ZAddArgs{GT: true, Members: w.seen})
		pipe.Expire(ctx, w.s.seenKey(), SeenFor)
	}
	pipe.Publish(ctx, w.s.channel(), w.message)
	if _, err := pipe.Exec(ctx); err != nil {
		return fmt.Errorf("write %d changes to redis: %w", w.held, err)
	}
	n := w.held
	w.held, w.seen, w.message = 0, w.seen[:0], w.message[:0]
	clear(w.buckets)
	return w.written(n)
}

// beat shows listeners, ourselves first, that the channel carries.
func (s *shared) beat(ctx context.Context, client redis.UniversalClient) error {
	ctx, cancel := context.WithTimeout(ctx, callFor)
	defer cancel()
	if err := client.Publish(ctx, s.channel(), "b "+s.run+"\n").Err(); err != nil {
		return fmt.Errorf("beat to redis: %w", err)
	}
	return nil
}

// trim takes out devices nobody heard for too long.
func (s *shared) trim(ctx context.Context, client redis.UniversalClient, now time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, callFor)
	defer cancel()
	oldest := strconv.FormatInt(now.Add(-SeenFor).UnixMilli(), 10)
	if err := client.ZRemRangeByScore(ctx, s.seenKey(), "-inf", "("+oldest).Err(); err != nil {
		return fmt.Errorf("trim devices in redis: %w", err)
	}
	return nil
}
