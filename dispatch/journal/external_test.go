package journal

import (
	"slices"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// A plain server of somebody else: it works, and what it cannot promise is said.
func TestExternalServer(t *testing.T) {
	srv, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(), NoLog: true, NoSigs: true})
	if err != nil {
		t.Fatal(err)
	}
	srv.Start()
	defer func() { srv.Shutdown(); srv.WaitForShutdown() }()

	says := func(j *Journal, what string) bool {
		return slices.ContainsFunc(j.Weaknesses(), func(w string) bool { return strings.Contains(w, what) })
	}
	j := openWith(t, Options{Node: "n1", URL: "nats://" + srv.Addr().String()})
	for _, what := range []string{"sync_interval", "one replica", "no mapping from press.*", "messages of up to 1048576 bytes"} {
		if !says(j, what) {
			t.Errorf("%q is not said in %q", what, j.Weaknesses())
		}
	}
	h := hear(t, j, all)
	mustPublish(t, j, "D-1", "p1")
	waitFor(t, "the press", func() bool { return len(h.ids(true)) == 1 })
	mustAppend(t, j, entry("E-1", "x"), 0)
	h.end(t)
	closing(t, j)

	if err := srv.GlobalAccount().AddMapping("press.*", "press.{{partition(8,1)}}.{{wildcard(1)}}"); err != nil {
		t.Fatal(err)
	}
	j = openWith(t, Options{Node: "n1", URL: "nats://" + srv.Addr().String()})
	defer closing(t, j)
	if says(j, "mapping") {
		t.Errorf("the mapping is there, but %q", j.Weaknesses())
	}
	for _, s := range []string{"PRESS-0", "PRESS-1", "PRESS-2", "PRESS-3", "PRESS-4", "PRESS-5", "PRESS-6", "PRESS-7"} {
		st, err := j.main.js.Stream(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		if n := st.CachedInfo().State.Msgs; s != "PRESS-"+shardOf("D-1", 8) && n > 0 {
			t.Errorf("the check of the mapping left %d messages in %s", n, s)
		}
	}
}

// A gateway names where the acknowledgement of its press goes. It must not be
// able to have the server write it into the journal.
func TestAcknowledgementCannotBeAFact(t *testing.T) {
	j, _ := listening(t)
	nc := connect(t, j, nats.Token("gateway-token"))
	for _, reply := range []string{"incident.E-1", "archive.i1", "floor.x"} {
		if err := nc.PublishRequest("press.D-1", reply, []byte(`{"device":"D-1","id":"`+reply+`"}`)); err != nil {
			t.Fatal(err)
		}
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	stored := func(stream string) uint64 {
		s, err := j.main.js.Stream(t.Context(), stream)
		if err != nil {
			t.Fatal(err)
		}
		return s.CachedInfo().State.LastSeq
	}
	waitFor(t, "the presses", func() bool { return stored("PRESS-"+shardOf("D-1", 8)) == 3 })
	mustAppend(t, j, entry("E-2", "later"), 0)
	for _, stream := range []string{incidentsStream, archiveStream, floorsStream} {
		want := uint64(0)
		if stream == incidentsStream {
			want = 1
		}
		if n := stored(stream); n != want {
			t.Errorf("%s holds %d messages, want %d", stream, n, want)
		}
	}
}
