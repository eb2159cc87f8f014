package downlink

import (
	"net/http"
	"strings"

	"onekeyd/dispatch"
)

// PollPath is where a device that can only ask does so: PollPath + its id.
const PollPath = "/v1/downlink/"

// Handler answers GET PollPath<device>: 200 with the last state, or 204 when no
// call of that device is open and none has ended in the last ten minutes. token
// says whether a bearer token is a gateway's, in constant time.
func Handler(last func(dispatch.DeviceID) (Message, bool), token func(string) bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		if r.Method != http.MethodGet {
			w.Header().Set("Allow", http.MethodGet)
			http.Error(w, `{"error":"a state is read with GET"}`, http.StatusMethodNotAllowed)
			return
		}
		scheme, secret, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		if !strings.EqualFold(scheme, "Bearer") || !token(strings.TrimSpace(secret)) {
			w.Header().Set("WWW-Authenticate", `Bearer realm="onekeyd presses"`)
			http.Error(w, `{"error":"the gateway token is missing or wrong"}`, http.StatusUnauthorized)
			return
		}
		m, ok := last(dispatch.DeviceID(strings.TrimPrefix(r.URL.Path, PollPath)))
		if !ok {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(m.Payload()) // the device may have hung up
	})
}
