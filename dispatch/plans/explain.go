package plans

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"onekeyd/dispatch"
)

// Facts are what the directory knows and a plan does not. The zero value is no
// directory: nothing is said of it then.
type Facts struct {
	OnDuty map[dispatch.ResponderKind]int           // nil: not known
	Area   func(code string) (name string, ok bool) // nil: not known
}

// Explain says in English what becomes of a press, for people who answer for
// the plan and do not read TOML: the default plan whole, and of each other what
// is different there.
func Explain(w io.Writer, p dispatch.Plans, facts Facts) error {
	var b strings.Builder
	fmt.Fprintf(&b, "plan %s:\n", p.Default.Name)
	paragraphs := describe(p.Default, facts)
	for _, g := range paragraphs {
		g.write(&b)
	}
	for areas, plan := range Each(p) {
		if areas == nil {
			continue
		}
		fmt.Fprintf(&b, "plan %s, for %s:\n", plan.Name, named(areas, facts))
		different := false
		for n, g := range describe(plan, facts) {
			if g := g.less(paragraphs[n]); len(g.parts) > 0 {
				g.write(&b)
				different = true
			}
		}
		if !different {
			b.WriteString("  as above in everything\n")
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func named(areas []string, facts Facts) string {
	all := slices.Clone(areas)
	for n, code := range areas {
		if facts.Area == nil {
			break
		}
		if name, ok := facts.Area(code); ok {
			all[n] += " " + name
		} else {
			all[n] += " (not in the directory)"
		}
	}
	return strings.Join(all, ", ")
}

// paragraph is what is said of one thing, in parts that can be compared with
// the same part of another plan or kind. An empty part is left out.
type paragraph struct {
	title string
	parts []string
}

func (g paragraph) write(b *strings.Builder) {
	said := slices.DeleteFunc(slices.Clone(g.parts), func(s string) bool { return s == "" })
	fold(b, g.title+": "+strings.Join(said, " "))
}

// less is what g says otherwise than other, no parts if nothing.
func (g paragraph) less(other paragraph) paragraph {
	out := paragraph{title: g.title}
	for n, s := range g.parts {
		if n >= len(other.parts) || other.parts[n] != s {
			out.parts = append(out.parts, s)
		}
	}
	return out
}

// width is that of a terminal. Names of people may be wider than they count; a
// line that is a little too long harms nobody.
const width = 110

// unbroken is the space between a number and its unit, where no line ends.
const unbroken = "\u00a0"

// fold writes a paragraph, indented, over as many lines as it needs.
func fold(b *strings.Builder, text string) {
	line := " "
	for word := range strings.SplitSeq(text, " ") {
		if len(line)+1+len(word) > width {
			b.WriteString(line + "\n")
			line = "   "
		}
		line += " " + strings.ReplaceAll(word, unbroken, " ")
	}
	b.WriteString(line + "\n")
}
