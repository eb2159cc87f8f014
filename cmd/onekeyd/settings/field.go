package settings

import (
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
)

// field is one setting: a leaf of [Settings].
type field struct {
	path  string // a.b_c
	table string // a
	key   string // b_c
	tag   reflect.StructTag
	value reflect.Value // addressable, inside the Settings walked
}

func (f field) env() string {
	return "ONEKEYD_" + strings.ToUpper(strings.ReplaceAll(f.path, ".", "_"))
}
func (f field) flag() string { return strings.NewReplacer(".", "-", "_", "-").Replace(f.path) }
func (f field) names() string {
	return fmt.Sprintf("%s (%s, -%s)", f.path, f.env(), f.flag())
}

func (f field) secret() bool { return f.value.Type() == reflect.TypeFor[Secret]() }

// set takes a value from the environment or a flag.
func (f field) set(raw string) error {
	switch v := f.value.Addr().Interface().(type) {
	case *string:
		*v = raw
	case *Secret:
		v.value = raw
	case *int:
		n, err := strconv.Atoi(raw)
		if err != nil {
			return fmt.Errorf("is %q; a whole number is expected", raw)
		}
		*v = n
	default:
		panic("setting " + f.path + " has a type without a reader")
	}
	return nil
}

// text is the value as it would be written in the environment.
func (f field) text() string {
	if s, ok := f.value.Interface().(Secret); ok {
		return s.value
	}
	return fmt.Sprint(f.value.Interface())
}

func (f field) empty() bool { return f.value.IsZero() }

// walk lists every setting of s, in the order of the struct.
func walk(s *Settings) []field {
	return walkInto(nil, reflect.ValueOf(s).Elem(), "")
}

func walkInto(fields []field, v reflect.Value, table string) []field {
	for i := range v.NumField() {
		t := v.Type().Field(i)
		key, ok := t.Tag.Lookup("toml")
		if !ok {
			continue
		}
		path := key
		if table != "" {
			path = table + "." + key
		}
		if t.Type.Kind() == reflect.Struct && t.Type != reflect.TypeFor[Secret]() {
			fields = walkInto(fields, v.Field(i), path)
			continue
		}
		fields = append(fields, field{path: path, table: table, key: key, tag: t.Tag, value: v.Field(i)})
	}
	return fields
}

// PrintDefault writes a configuration file that changes nothing: every setting
// with its default, commented out.
func PrintDefault(w io.Writer) error {
	var b strings.Builder
	b.WriteString("# onekeyd: every setting with its default. Environment and flags come after this file.\n")
	table := ""
	for _, f := range walk(new(Settings)) {
		if f.table != table {
			table = f.table
			fmt.Fprintf(&b, "\n[%s]\n", table)
		}
		fmt.Fprintf(&b, "\n# %s\n", f.tag.Get("help"))
		if unset := f.tag.Get("unset"); unset != "" {
			fmt.Fprintf(&b, "# If empty: %s.\n", unset)
		}
		value := strconv.Quote(f.tag.Get("default"))
		if f.value.Kind() == reflect.Int {
			value = first(f.tag.Get("default"), "0")
		}
		fmt.Fprintf(&b, "# %s = %s\n", f.key, value)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
