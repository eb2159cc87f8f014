package live

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"onekeyd/dispatch"

	"github.com/redis/go-redis/v9"
)

// resync reads everything Redis has, then writes what it lacks. Both in small
// steps, so that neither Redis nor a writer here is held up by a million devices
// (which take seconds); between steps what is new goes out as always, presence above all.
func (s *shared) resync(ctx context.Context, client redis.UniversalClient, session uint32) error {
	now := time.Now()
	if err := s.trim(ctx, client, now); err != nil {
		return err
	}
	beaten := now
	keepUp := func() error {
		if now := time.Now(); now.Sub(beaten) >= beatEvery { // else our own listener finds us deaf
			beaten = now
			if err := s.beat(ctx, client); err != nil {
				return err
			}
		}
		return s.flush(ctx, client, time.Now())
	}
	// One bucket ahead, for nodes whose clock is.
	for n := bucketOf(now.Add(-PositionFor)); n <= bucketOf(now)+1; n++ {
		if err := s.readBucket(ctx, client, n, session, keepUp); err != nil {
			return err
		}
	}
	if err := s.readSeen(ctx, client, session, keepUp); err != nil {
		return err
	}
	// What the listing or the channel brought carries this session's number.
	w := newWriter(s, client, now, func(int) error { return keepUp() })
	for id, p := range s.moves.all() {
		if p.session != session && now.Sub(p.At) <= PositionFor {
			if err := w.move(ctx, id, p.Position); err != nil {
				return err
			}
		}
	}
	for id, m := range s.seen.all() {
		if m.session != session {
			if err := w.mark(ctx, id, m.ms); err != nil {
				return err
			}
		}
	}
	return w.send(ctx)
}

func (s *shared) readBucket(ctx context.Context, client redis.UniversalClient, n int64, session uint32, keepUp func() error) error {
	key := s.bucketKey(n)
	return scan(ctx, keepUp, func(ctx context.Context, cursor uint64) ([]string, uint64, error) {
		return client.HScan(ctx, key, cursor, "", batch).Result()
	}, func(id, value string, now time.Time) {
		if p, ok := parsePlace(value); ok && wordy(id) {
			s.learn(dispatch.ResponderID(id), p, now, session)
		}
	})
}

func (s *shared) readSeen(ctx context.Context, client redis.UniversalClient, session uint32, keepUp func() error) error {
	return scan(ctx, keepUp, func(ctx context.Context, cursor uint64) ([]string, uint64, error) {
		return client.ZScan(ctx, s.seenKey(), cursor, "", batch).Result()
	}, func(id, score string, now time.Time) {
		// Scores are doubles, exact for milliseconds until the year 287396; ZSCAN may
		// write a large one with an exponent.
		if ms, err := strconv.ParseFloat(score, 64); err == nil && ms >= 0 && wordy(id) {
			s.mark(dispatch.DeviceID(id), min(int64(min(ms, 1<<53)), now.UnixMilli()), session)
		}
	})
}

// scan walks a hash or sorted set of Redis, pair by pair.
func scan(ctx context.Context, keepUp func() error, next func(context.Context, uint64) ([]string, uint64, error), take func(k, v string, now time.Time)) error {
	for cursor := uint64(0); ; {
		step, cancel := context.WithTimeout(ctx, callFor)
		pairs, following, err := next(step, cursor)
		cancel()
		if err != nil {
			return fmt.Errorf("read live state from redis: %w", err)
		}
		now := time.Now()
		for i := 0; i+1 < len(pairs); i += 2 {
			take(pairs[i], pairs[i+1], now)
		}
		if err := keepUp(); err != nil {
			return err
		}
		if cursor = following; cursor == 0 {
			return nil
		}
	}
}
