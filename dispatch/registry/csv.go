package registry

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// csvFile reads the rows of one file by the names in its header. Problems go
// to found; line numbers are those of an editor, quoted line breaks included.
type csvFile struct {
	name    string
	columns []column
	found   *problems

	in    *csvText
	where [maxColumns]int // field of each column; -1 is absent
	width int
	line  int // where the row last read begins
}

// openCSV reads the header. False is a file of which no row can be read.
func openCSV(name string, r io.Reader, columns []column, found *problems) (*csvFile, bool, error) {
	f := &csvFile{name: name, columns: columns, found: found, line: 1}
	buffered := bufio.NewReaderSize(r, maxRecord)
	head, err := buffered.Peek(3)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, false, err
	}
	switch {
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		buffered.Discard(3)
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		f.add(1, wholeFile, "is UTF-16; save it as CSV in UTF-8")
		return nil, false, nil
	}
	f.in = newCSVText(buffered)
	header, err := f.in.read()
	switch {
	case errors.Is(err, io.EOF):
		f.add(1, wholeFile, "is empty; a header is needed")
		return nil, false, nil
	case err != nil:
		return nil, false, err
	}
	f.line = header.line
	if header.fault != "" {
		f.add(f.line, wholeRow, header.fault)
		return nil, false, nil
	}
	return f, f.header(header.fields), nil
}

func (f *csvFile) add(line int, column, why string) {
	f.found.add(Problem{File: f.name, Line: line, Column: column, Why: why})
}

func (f *csvFile) header(names []string) bool {
	f.width = len(names)
	for i := range f.where {
		f.where[i] = -1
	}
	ok := true
	for i, name := range names {
		if !utf8.ValidString(name) {
			f.add(f.line, wholeRow, notUTF8(name))
			return false
		}
		name = strings.ToLower(strings.TrimSpace(name))
		at := -1
		for c := range f.columns {
			if f.columns[c].name == name {
				at = c
			}
		}
		switch {
		case at < 0:
			f.add(f.line, shown(name), "is not a column of this file; known are "+columnNames(f.columns))
			ok = false
		case f.where[at] >= 0:
			f.add(f.line, name, "is in the header twice")
			ok = false
		default:
			f.where[at] = i
		}
	}
	for i, c := range f.columns {
		if c.inHeader() && f.where[i] < 0 {
			f.add(f.line, c.name, "is missing from the header")
			ok = false
		}
	}
	return ok
}

// next fills r with the next row. more is false at the end. ok is false for
// an empty row and for one that was reported; r then has the fields that could
// be read of it.
func (f *csvFile) next(r *row) (more, ok bool, err error) {
	record, err := f.in.read()
	switch {
	case errors.Is(err, io.EOF):
		return false, false, nil
	case err != nil:
		return false, false, err
	}
	f.line = record.line
	*r = row{}
	empty := true
	for c, i := range f.where[:len(f.columns)] {
		if i >= 0 && i < len(record.fields) {
			r[c] = strings.TrimSpace(record.fields[i])
			empty = empty && r[c] == ""
		}
	}
	switch n := len(record.fields); {
	case record.fault != "":
		f.add(f.line, wholeRow, record.fault)
		return true, false, nil
	case n == f.width:
		return true, !empty, nil // spreadsheets leave rows of separators; they say nothing
	case n == 1 && empty && strings.TrimSpace(record.fields[0]) == "":
		return true, false, nil // a line of blanks
	default:
		f.add(f.line, wholeRow, fmt.Sprintf("has %d fields, the header has %d", n, f.width))
		if f.in.secondLineHas(f.width) {
			f.in.onlyFirstLine() // a quote swallowed the rows below
		}
		return true, false, nil
	}
}

func columnNames(columns []column) string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.name
	}
	return strings.Join(names, ", ")
}

// notUTF8 names the encoding a Chinese spreadsheet most likely used.
func notUTF8(s string) string {
	if decoded, err := simplifiedchinese.GB18030.NewDecoder().String(s); err == nil && !strings.ContainsRune(decoded, utf8.RuneError) {
		return fmt.Sprintf("is not UTF-8; it looks like GBK (%s): save the file as CSV UTF-8", shown(decoded))
	}
	return "is not UTF-8; save the file as CSV UTF-8"
}

// shown makes foreign text fit into a report.
func shown(s string) string {
	s = strings.Map(func(r rune) rune {
		if _, bad := controlIn(string(r), false); bad {
			return -1
		}
		return r
	}, s)
	if r := []rune(s); len(r) > 20 {
		return string(r[:20]) + "…"
	}
	return s
}
