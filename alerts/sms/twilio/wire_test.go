package twilio_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"onekeyd/alerts"
	"onekeyd/alerts/sms/twilio"
	"onekeyd/alerts/sms/twiliosim"
	"onekeyd/alerts/twilioapi"
)

// These run over real sockets: what "never left this machine" means can be seen
// nowhere else.

func socketSender(t *testing.T, baseURL string, timeout time.Duration) *twilio.Sender {
	t.Helper()
	s, err := twilio.New(twilio.Options{Account: twilioapi.Account{AccountSID: "AC00000000000000000000000000000001", AuthToken: "t", HookURL: hookURL, BaseURL: baseURL, Timeout: timeout}, From: from})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func TestNothingListens(t *testing.T) {
	l := listen(t)
	l.Close()
	_, err := socketSender(t, "http://"+l.Addr().String(), 0).Send(t.Context(), notice(zhang))
	if alerts.ClassOf(err) != alerts.Transient {
		t.Errorf("%v", err)
	}
}

// The connection is accepted but TLS never begins: no request can have left.
func TestHandshakeNeverAnswered(t *testing.T) {
	l := listen(t) // the kernel accepts; nobody reads
	_, err := socketSender(t, "https://"+l.Addr().String(), 100*time.Millisecond).Send(t.Context(), notice(zhang))
	if alerts.ClassOf(err) != alerts.Transient {
		t.Errorf("%v", err)
	}
}

func TestAcceptedAndSilent(t *testing.T) {
	l := listen(t)
	_, err := socketSender(t, "http://"+l.Addr().String(), 300*time.Millisecond).Send(t.Context(), notice(zhang))
	if alerts.ClassOf(err) != alerts.Unclear {
		t.Errorf("%v", err)
	}
}

func TestEndedBeforeItBegan(t *testing.T) {
	sim, err := twiliosim.Start("127.0.0.1:0", twiliosim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer sim.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = socketSender(t, sim.URL(), 0).Send(ctx, notice(zhang))
	if alerts.ClassOf(err) != alerts.Transient || sim.Stats().Creates != 0 {
		t.Errorf("%v, %+v", err, sim.Stats())
	}
}

// A server that answers the first request of a connection, reads the second and
// drops the line: it may have sent the SMS, so nobody may post it again.
func TestLostAnswerIsNotRepeated(t *testing.T) {
	l := listen(t)
	var posts atomic.Int64
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				in := bufio.NewReader(c)
				for i := 0; ; i++ {
					r, err := http.ReadRequest(in)
					if err != nil {
						return
					}
					io.Copy(io.Discard, r.Body)
					posts.Add(1)
					if i == 1 {
						return
					}
					body := `{"sid":"SM00000000000000000000000000000001"}`
					fmt.Fprintf(c, "HTTP/1.1 201 Created\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
				}
			}()
		}
	}()
	s := socketSender(t, "http://"+l.Addr().String(), time.Second)
	if _, err := s.Send(t.Context(), notice(zhang)); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Send(t.Context(), notice(zhang)); alerts.ClassOf(err) != alerts.Unclear {
		t.Errorf("%v", err)
	}
	if n := posts.Load(); n != 2 {
		t.Errorf("server saw %d posts, want 2", n)
	}
}

// Error answers, whatever their shape, leave the connection usable.
func TestConnectionsAreReused(t *testing.T) {
	var conns, i atomic.Int64
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		switch i.Add(1) % 4 {
		case 0:
			w.WriteHeader(400)
			io.WriteString(w, `{"code":21211,"message":"x","status":400}`)
		case 1:
			w.WriteHeader(502)
			w.(http.Flusher).Flush() // chunked
			io.WriteString(w, "<html>bad gateway</html>")
		case 2:
			w.WriteHeader(201)
			io.WriteString(w, `{"sid":"SM00000000000000000000000000000001"}`+"\n   \n")
		case 3:
			w.WriteHeader(201)
			io.WriteString(w, `{}`)
		}
	}))
	srv.Config.ConnState = func(_ net.Conn, st http.ConnState) {
		if st == http.StateNew {
			conns.Add(1)
		}
	}
	srv.Start()
	defer srv.Close()
	s := socketSender(t, srv.URL, 0)
	classes := map[alerts.Class]int{}
	for range 20 {
		_, err := s.Send(t.Context(), notice(zhang))
		classes[alerts.ClassOf(err)]++
	}
	if classes[""] != 5 || classes[alerts.BadNumber] != 5 || classes[alerts.Unclear] != 10 {
		t.Errorf("classes %v", classes)
	}
	if n := conns.Load(); n != 1 {
		t.Errorf("20 sends opened %d connections", n)
	}
}

// A base URL may have a path, for a simulator mounted beside other things.
func TestBaseURLWithPath(t *testing.T) {
	sim := newSim(t, twiliosim.Options{NoCallbacks: true})
	srv := httptest.NewServer(http.StripPrefix("/carrier", sim))
	defer srv.Close()
	sid, token := sim.Account()
	s, err := twilio.New(twilio.Options{Account: twilioapi.Account{AccountSID: sid, AuthToken: token, BaseURL: srv.URL + "/carrier/"}, From: from})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Send(t.Context(), notice(zhang)); err != nil || len(sim.Messages()) != 1 {
		t.Errorf("%v", err)
	}
}
