package welfare

import (
	"embed"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

//go:embed web
var embedded embed.FS

// words is one language's dictionary. Names and addresses are never translated.
type words map[string]string

// languages are those that the list is written in.
func languages() []string { return []string{"zh", "en"} }

func readWords() (map[string]words, error) {
	all := map[string]words{}
	for _, l := range languages() {
		raw, err := embedded.ReadFile("web/" + l + ".json")
		if err != nil {
			return nil, err
		}
		w := words{}
		if err := json.Unmarshal(raw, &w); err != nil {
			return nil, fmt.Errorf("read words of the welfare list in %s: %w", l, err)
		}
		all[l] = w
	}
	return all, nil
}

// t is the text of a key, its {placeholders} filled from pairs of name and value.
func (w words) t(key string, pairs ...any) string {
	s := w[key]
	for n := 0; n+1 < len(pairs); n += 2 {
		s = strings.ReplaceAll(s, "{"+fmt.Sprint(pairs[n])+"}", fmt.Sprint(pairs[n+1]))
	}
	return s
}

// or is the word for a code, or the code itself: one of a later build is better than nothing.
func (w words) or(prefix, code string) string {
	if s, ok := w[prefix+code]; ok {
		return s
	}
	return code
}

// language is the one asked for by name, else the browser's first that there is, else the centre's.
func language(r *http.Request, centre string) string {
	tags := []string{r.URL.Query().Get("lang")}
	for part := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		tag, _, _ := strings.Cut(part, ";")
		tags = append(tags, tag)
	}
	for _, tag := range append(tags, centre) {
		for _, l := range languages() {
			if tag = strings.ToLower(strings.TrimSpace(tag)); tag == l || strings.HasPrefix(tag, l+"-") {
				return l
			}
		}
	}
	return languages()[0]
}
