package twiliosim_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func newServer(t testing.TB, h http.Handler) string {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv.URL
}
