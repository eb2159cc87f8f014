package alerts

import (
	"errors"
	"fmt"
	"io"
	"net/http"
)

// ReadHook reads a webhook's body, at most MaxHookBody bytes. A longer body
// gives an error wrapping ErrMalformed.
func ReadHook(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxHookBody))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, fmt.Errorf("read webhook body over %d bytes: %w", MaxHookBody, ErrMalformed)
	}
	if err != nil {
		return nil, fmt.Errorf("read webhook body: %w", err)
	}
	return body, nil
}

// IsRef reports whether s, an id or a code of a carrier's own, is fit for an
// event's key and for the journal: 1 to 64 printable ASCII characters and no bar,
// which separates the parts of a key.
func IsRef(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for _, c := range []byte(s) {
		if c <= ' ' || c > '~' || c == '|' {
			return false
		}
	}
	return true
}
