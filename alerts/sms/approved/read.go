package approved

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"onekeyd/alerts/sms"
)

// ReadFile reads a file for a carrier of this style, see [Read].
func ReadFile(path string, style Style, texts *sms.Texts) (*Table, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read templates: %w", err)
	}
	t, err := Read(raw, style, texts)
	if err != nil {
		return nil, fmt.Errorf("read templates %s: %w", path, err)
	}
	return t, nil
}

// Read makes a table of a file's content. texts says which kinds and parameters
// there are. The error joins every fault.
func Read(raw []byte, style Style, texts *sms.Texts) (*Table, error) {
	var file struct {
		Template []entry `toml:"template"`
	}
	err := toml.NewDecoder(bytes.NewReader(raw)).DisallowUnknownFields().Decode(&file)
	if missing, ok := errors.AsType[*toml.StrictMissingError](err); ok {
		var all []error
		for _, e := range missing.Errors {
			row, col := e.Position()
			all = append(all, fmt.Errorf("%d:%d: there is no key %s", row, col, strings.Join(e.Key(), ".")))
		}
		return nil, errors.Join(all...)
	}
	if bad, ok := errors.AsType[*toml.DecodeError](err); ok {
		row, col := bad.Position()
		return nil, fmt.Errorf("%d:%d: %w", row, col, err)
	}
	if err != nil {
		return nil, err
	}
	t := &Table{byKey: make(map[key]template, len(file.Template)), kinds: texts.Kinds()}
	r := reader{style: style, kinds: t.kinds, params: texts.Params()}
	for n, e := range file.Template {
		r.where = fmt.Sprintf("template %d (%s/%s)", n+1, e.Kind, e.Language)
		k, made := r.template(e)
		if _, twice := t.byKey[k]; twice {
			r.fault("is there twice")
		}
		t.byKey[k] = made
	}
	for _, kind := range required() {
		if _, ok := t.byKey[key{string(kind), sms.DefaultLang}]; !ok {
			r.faults = append(r.faults, fmt.Errorf("there is no template for %s/%s, without which nobody is called", kind, sms.DefaultLang))
		}
	}
	if err := errors.Join(r.faults...); err != nil {
		return nil, err
	}
	return t, nil
}

// entry is one template as the file has it.
type entry struct {
	Kind     string `toml:"kind"`
	Language string `toml:"language"`
	Code     string `toml:"code"`
	Vars     any    `toml:"vars"` // a table or a list
}

// reader gathers the faults of a file.
type reader struct {
	style         Style
	kinds, params []string
	where         string
	faults        []error
}

func (r *reader) fault(format string, args ...any) {
	r.faults = append(r.faults, fmt.Errorf(r.where+": "+format, args...))
}

var (
	code = regexp.MustCompile(`^[0-9A-Za-z_-]{1,64}$`)
	name = regexp.MustCompile(`^[0-9A-Za-z_]{1,32}$`)
)

func (r *reader) template(e entry) (key, template) {
	if !slices.Contains(r.kinds, strings.TrimSuffix(e.Kind, sms.MinSuffix)) {
		r.fault("there is no such kind; there are %s, and each with %s behind it", strings.Join(r.kinds, ", "), sms.MinSuffix)
	}
	if e.Language != "zh" && e.Language != "en" {
		r.fault("language is %q; zh or en is expected", e.Language)
	}
	if !code.MatchString(e.Code) {
		r.fault("code is %q; the template's code at the carrier is expected", e.Code)
	}
	t := template{code: e.Code}
	switch vars := e.Vars.(type) {
	case nil:
	case map[string]any:
		if r.style != Named {
			r.fault("vars must be a list: this carrier's variables have positions, not names")
		}
		for _, n := range slices.Sorted(maps.Keys(vars)) {
			if !name.MatchString(n) {
				r.fault("variable %q is no name of letters, digits and underscores", n)
			}
			t.vars = append(t.vars, r.variable(n, n, vars[n], e.Language))
		}
	case []any:
		if r.style != Positional {
			r.fault("vars must be a table: this carrier's variables have names")
		}
		for n, v := range vars {
			t.vars = append(t.vars, r.variable("", fmt.Sprint(n+1), v, e.Language))
		}
	default:
		r.fault("vars is neither a table nor a list")
	}
	return key{e.Kind, e.Language}, t
}

func (r *reader) variable(name, label string, value any, lang string) variable {
	text, ok := value.(string)
	if !ok || text == "" {
		r.fault("variable %s has no text", label)
		return variable{}
	}
	p, err := sms.ParsePattern(text)
	if err != nil {
		r.fault("variable %s: %w", label, err)
	}
	for _, param := range p.Params() {
		if param == "link" {
			r.fault("variable %s: carriers take no links in variables", label)
		}
		if !slices.Contains(r.params, param) {
			r.fault("variable %s: there is no ${%s}; there are %s", label, param, strings.Join(r.params, ", "))
		}
	}
	return variable{name: name, value: p, tail: lang == "zh" && slices.Equal(p.Params(), []string{"addr"})}
}
