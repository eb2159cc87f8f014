package registry

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one reason why an import or a change was refused, in words for
// the person who wrote the file. Column is (row), (feature) or (file) where
// no single field is to blame, so that every problem of a file has all four parts.
type Problem struct {
	File   string `json:"file,omitempty"`
	Line   int    `json:"line,omitempty"` // 1 is the header; 0 outside a file
	Column string `json:"field,omitempty"`
	Why    string `json:"error"`
}

const (
	wholeRow     = "(row)"
	wholeFeature = "(feature)"
	wholeFile    = "(file)"
)

// String is file:line: column: why, without the parts that are unknown.
func (p Problem) String() string {
	var b strings.Builder
	if p.File != "" {
		b.WriteString(p.File)
		if p.Line > 0 {
			fmt.Fprintf(&b, ":%d", p.Line)
		}
		b.WriteString(": ")
	}
	if p.Column != "" {
		b.WriteString(p.Column + ": ")
	}
	b.WriteString(p.Why)
	return b.String()
}

// Error lets a problem be returned where one record was refused.
func (p Problem) Error() string { return p.String() }

// RefusedError says why an import or change was not made. Nothing of it was.
type RefusedError struct{ Problems []Problem }

// Error names the first problem and how many there are.
func (e *RefusedError) Error() string {
	if len(e.Problems) == 1 {
		return "refused: " + e.Problems[0].String()
	}
	return fmt.Sprintf("refused for %d reasons, first: %s", len(e.Problems), e.Problems[0])
}

// problems collects up to a limit and counts the rest.
type problems struct {
	limit int
	list  []Problem
	more  int
}

func (p *problems) add(x Problem) {
	if len(p.list) >= p.limit {
		p.more++
		return
	}
	p.list = append(p.list, x)
}

func (p *problems) join(q problems) {
	for _, x := range q.list {
		p.add(x)
	}
	p.more += q.more
}

// byLine puts the problems of each file in the order of its lines.
func byLine(list []Problem) {
	slices.SortStableFunc(list, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
}

func (p *problems) none() bool { return len(p.list) == 0 && p.more == 0 }

// all is the list, ended by a problem that counts those left off.
func (p *problems) all() []Problem {
	if p.more == 0 {
		return p.list
	}
	return append(slices.Clip(p.list), Problem{Why: fmt.Sprintf("and %d more", p.more)})
}
