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
