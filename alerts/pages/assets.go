package pages

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"regexp"
	"time"

	"onekeyd/dispatch"
)

//go:embed web
var embedded embed.FS

// scriptPath is where the script is; the hash of its text and its name follow.
const scriptPath = "/pages/"

// assets is everything the pages are made of, read once.
type assets struct {
	words     map[string]words
	templates map[string]*template.Template // by language
	style     template.CSS
	script    []byte
	src       string // address of the script
	policy    string
}

func readAssets(zone *time.Location) (*assets, error) {
	a := &assets{words: map[string]words{}, templates: map[string]*template.Template{}}
	css, err := embedded.ReadFile("web/page.css")
	if err != nil {
		return nil, fmt.Errorf("read style: %w", err)
	}
	css = bytes.TrimSpace(regexp.MustCompile(`(?s)/\*.*?\*/`).ReplaceAll(css, nil))
	a.style = template.CSS(bytes.ReplaceAll(css, []byte("\n"), nil))
	if a.script, err = embedded.ReadFile("web/page.js"); err != nil {
		return nil, fmt.Errorf("read script: %w", err)
	}
	sum := sha256.Sum256(a.script)
	a.src = scriptPath + hex.EncodeToString(sum[:6]) + "/page.js"
	// The style is in the page, so that one answer is enough to read it; its hash
	// lets in nothing else. The script writes no markup: it has the browser parse
	// a whole page and moves the pieces.
	styled := sha256.Sum256([]byte(a.style))
	a.policy = "default-src 'none'; script-src 'self'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(styled[:]) + "'; img-src 'self' data:; connect-src 'self'; " +
		"base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
	for _, lang := range languages() {
		data, err := embedded.ReadFile("web/i18n/" + lang + ".json")
		if err != nil {
			return nil, fmt.Errorf("read dictionary: %w", err)
		}
		w := words{}
		if err := json.Unmarshal(data, &w); err != nil {
			return nil, fmt.Errorf("read dictionary %s: %w", lang, err)
		}
		a.words[lang] = w
		funcs := template.FuncMap{
			"t":       w.t,
			"metres":  w.metres,
			"end":     w.end,
			"outcome": func(d dispatch.Disposition) string { return w.t("done." + string(d)) },
			"clock":   func(t time.Time) string { return t.In(zone).Format("15:04:05") },
			"ms":      time.Time.UnixMilli,
		}
		if a.templates[lang], err = template.New("").Funcs(funcs).ParseFS(embedded, "web/*.html"); err != nil {
			return nil, fmt.Errorf("read pages: %w", err)
		}
	}
	return a, nil
}

// script is served under its hash, so a browser may keep it for ever.
func (p *Pages) script(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != p.assets.src {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write(p.assets.script) // who asked may have gone
}
