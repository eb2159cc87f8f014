package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"onekeyd/cmd/onekeyd/settings"
	"onekeyd/dispatch/phone"
	"onekeyd/dispatch/registry"
)

// unservedShown bounds how many records an import names.
const unservedShown = 20

// unservedIn are the records of an import whose numbers no carrier serves, if
// such are refused.
func unservedIn(b *registry.Batch, cfg settings.SMS, cs carriers) []registry.Problem {
	if len(cs) == 0 || cfg.Unserved != settings.Refuse {
		return nil
	}
	u := countUncarried(b.Numbers(), cs.serves)
	if u.none() {
		return nil
	}
	var out []registry.Problem
	for key, number := range b.Numbers() {
		if len(out) == unservedShown {
			break
		}
		if !cs.serves(number) {
			out = append(out, registry.Problem{File: key.String(), Column: "phone", Why: "is a number that none of " + cs.names() + " serves"})
		}
	}
	return append(out, registry.Problem{Why: u.refusal(cfg, cs.names()).Error()})
}

// maxRecord bounds what is read of a record here, as the directory itself does.
const maxRecord = 2 << 20

// onlyServed refuses a record whose number no carrier serves, before the
// directory sees it: the daemon would go on, and not start again. What is wrong
// in any other way is the directory's to say.
func (d *daemon) onlyServed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPut || len(d.carriers) == 0 || d.cfg.SMS.Unserved != settings.Refuse || !toldByPhone(r.URL.Path) {
			next.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(io.LimitReader(r.Body, maxRecord+1))
		if err != nil {
			http.Error(w, `{"error":"the body did not arrive"}`, http.StatusBadRequest)
			return
		}
		var record struct {
			Phone string `json:"phone"`
		}
		if json.Unmarshal(body, &record) == nil && record.Phone != "" {
			if number, _, err := phone.New("CN").E164(record.Phone); err == nil && !d.carriers.serves(number) {
				w.Header().Set("Content-Type", "application/json; charset=utf-8")
				w.WriteHeader(http.StatusBadRequest)
				// Who asked may have gone.
				_ = json.NewEncoder(w).Encode(registry.Problem{Column: "phone", Why: "is a number that none of " + d.carriers.names() + " serves, so its owner would never be told"})
				return
			}
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		next.ServeHTTP(w, r)
	})
}

// toldByPhone reports whether a path of the directory is of somebody who is told.
func toldByPhone(path string) bool {
	rest := strings.TrimPrefix(path, "/v1/directory/")
	return strings.HasPrefix(rest, "responders/") || strings.HasPrefix(rest, "providers/") || strings.Contains(rest, "/contacts/")
}
