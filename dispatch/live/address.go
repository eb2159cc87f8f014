package live

import (
	"errors"
	"net/url"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

// callFor bounds every exchange with Redis. Nobody waits for one but the
// writer itself, so it says how soon a stopped Redis is called away, not how
// long anything is delayed.
const callFor = time.Second

// parseAddress reads a Redis address and returns what makes a client of it.
// go-redis has three kinds of address that look alike; the parameters tell:
// master_name is only for Sentinel, addr (further hosts) and then cluster only
// for a Cluster.
func parseAddress(address string) (dial func() redis.UniversalClient, err error) {
	u, err := url.Parse(address)
	if err != nil {
		if bad, ok := errors.AsType[*url.Error](err); ok {
			err = bad.Err // its text without the address, which may hold a password
		}
		return nil, err
	}
	if u.Host == "" && u.Path == "" {
		return nil, errors.New("names no host")
	}
	q := u.Query()
	cluster := q.Get("cluster") == "true"
	q.Del("cluster")
	u.RawQuery = q.Encode()
	switch {
	case q.Has("master_name"):
		o, err := redis.ParseFailoverURL(u.String())
		if err != nil {
			return nil, err
		}
		if o.RouteByLatency || o.RouteRandomly || o.ReplicaOnly {
			return nil, errors.New("reads from replicas are refused: a resync must see what was written")
		}
		o.ContextTimeoutEnabled, o.MaxRetries, o.DialerRetries = true, -1, 1
		o.DialTimeout, o.ReadTimeout, o.WriteTimeout = within(o.DialTimeout), within(o.ReadTimeout), within(o.WriteTimeout)
		return func() redis.UniversalClient { return redis.NewFailoverClient(o) }, nil
	case cluster || q.Has("addr"):
		o, err := redis.ParseClusterURL(u.String())
		if err != nil {
			return nil, err
		}
		if o.ReadOnly || o.RouteByLatency || o.RouteRandomly {
			return nil, errors.New("reads from replicas are refused: a resync must see what was written")
		}
		o.ContextTimeoutEnabled, o.MaxRetries, o.DialerRetries = true, -1, 1
		o.DialTimeout, o.ReadTimeout, o.WriteTimeout = within(o.DialTimeout), within(o.ReadTimeout), within(o.WriteTimeout)
		o.MaintNotificationsConfig = quiet()
		return func() redis.UniversalClient { return redis.NewClusterClient(o) }, nil
	default:
		o, err := redis.ParseURL(u.String())
		if err != nil {
			return nil, err
		}
		o.ContextTimeoutEnabled, o.MaxRetries, o.DialerRetries = true, -1, 1
		o.DialTimeout, o.ReadTimeout, o.WriteTimeout = within(o.DialTimeout), within(o.ReadTimeout), within(o.WriteTimeout)
		o.MaintNotificationsConfig = quiet()
		return func() redis.UniversalClient { return redis.NewClient(o) }, nil
	}
}

// within is the address's own time limit, or ours if it has none.
func within(d time.Duration) time.Duration {
	if d == 0 {
		return callFor
	}
	return d
}

// quiet keeps the client from asking for notices that only Redis Enterprise sends.
func quiet() *maintnotifications.Config {
	return &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
}
