package console

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strconv"
)

//go:embed web
var embedded embed.FS

// The languages of the pages; the first is what a stranger gets.
var languages = []string{"zh-CN", "en"}

// contentTypes: the machine's own table may say something else about .mjs, and a
// browser refuses a module with the wrong type.
var contentTypes = map[string]string{
	".mjs":  "text/javascript; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".json": "application/json; charset=utf-8",
	".svg":  "image/svg+xml",
	".txt":  "text/plain; charset=utf-8",
}

// assets is everything the pages are made of, read once.
type assets struct {
	hash  string            // of all files: changes when any of them does
	files map[string][]byte // by path under web
	words map[string]map[string]string
	pages *template.Template
}

func readAssets() (*assets, error) {
	a := &assets{files: map[string][]byte{}, words: map[string]map[string]string{}}
	sum := sha256.New()
	err := fs.WalkDir(embedded, "web", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := embedded.ReadFile(name)
		if err != nil {
			return err
		}
		fmt.Fprintf(sum, "%s %d\n", name, len(data))
		sum.Write(data)
		a.files[name[len("web/"):]] = data
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read embedded files: %w", err)
	}
	a.hash = hex.EncodeToString(sum.Sum(nil))[:12]
	for _, lang := range languages {
		var words map[string]string
		if err := json.Unmarshal(a.files["i18n/"+lang+".json"], &words); err != nil {
			return nil, fmt.Errorf("read dictionary %s: %w", lang, err)
		}
		a.words[lang] = words
	}
	a.pages, err = template.ParseFS(embedded, "web/pages/*.html")
	if err != nil {
		return nil, fmt.Errorf("read pages: %w", err)
	}
	return a, nil
}

// serveAsset serves under a path that names the hash of all assets, so a browser
// may keep them for ever and never mixes two builds.
func (c *Console) serveAsset(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("path")
	kind, known := contentTypes[path.Ext(name)]
	data, ok := c.assets.files[name]
	if !ok || !known || r.PathValue("hash") != c.assets.hash {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	w.Write(data)
}
