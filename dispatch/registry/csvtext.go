package registry

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// maxRecord bounds one line, and what a quote that nobody closed may swallow
// before it is given up. A row within the limits of its columns is below 40 KiB.
const maxRecord = 256 << 10

// csvText cuts text into records (RFC 4180). Other than encoding/csv it gives
// up no more than one line for what is not a record: the next record begins on
// the next line, so one broken quote does not hide the rows after it.
type csvText struct {
	in    *bufio.Reader // of size maxRecord
	buf   []byte        // whole lines that were read
	pos   int           // where in buf the record given last begins
	line  int           // its line
	first int           // bytes of its first line
	size  int           // bytes of it
	lines int           // lines of it
	split splitter
}

func newCSVText(in *bufio.Reader) *csvText { return &csvText{in: in, line: 1} }

// csvRecord is one record, or what was read of one before its fault.
type csvRecord struct {
	line   int
	fields []string
	fault  string // why it is no record; empty is none
}

// read gives the next record, or io.EOF. Empty lines are skipped.
func (t *csvText) read() (csvRecord, error) {
	for {
		t.pos += t.size
		t.line += t.lines
		t.size, t.lines, t.first = 0, 0, 0
		line, err := t.lineAt(0)
		if err != nil {
			return csvRecord{}, err
		}
		t.first = len(line)
		if len(withoutEnd(line)) > 0 {
			return t.record()
		}
		t.size, t.lines = t.first, 1
	}
}

func (t *csvText) record() (csvRecord, error) {
	t.split.reset()
	fault := ""
	for fault == "" {
		line, err := t.lineAt(t.size)
		switch {
		case errors.Is(err, io.EOF), err == nil && t.size > 0 && t.size+len(line) > maxRecord:
			fault = fmt.Sprintf("is not CSV: a quote is not closed (line %d, byte %d)", t.line+t.split.quotedOn, t.split.quotedAt)
			continue
		case err != nil:
			return csvRecord{}, err
		case len(line) > maxRecord:
			fault = fmt.Sprintf("is longer than %d KiB", maxRecord>>10)
			continue
		}
		done, why, at := t.split.take(withoutEnd(line), t.lines)
		if why != "" {
			fault = fmt.Sprintf("is not CSV: %s (line %d, byte %d)", why, t.line+t.lines, at)
			continue
		}
		t.size += len(line)
		t.lines++
		if done {
			return csvRecord{line: t.line, fields: t.split.fields()}, nil
		}
	}
	t.onlyFirstLine()
	return csvRecord{line: t.line, fields: t.split.fields(), fault: fault}, nil
}

// onlyFirstLine makes the next record begin on the line after the one on which the last began.
func (t *csvText) onlyFirstLine() { t.size, t.lines = t.first, 1 }

// secondLineHas says whether the record given last has a second line that is, by itself, a record of n fields.
func (t *csvText) secondLineHas(n int) bool {
	if t.lines < 2 {
		return false
	}
	line, err := t.lineAt(t.first)
	if err != nil {
		return false
	}
	var alone splitter
	done, why, _ := alone.take(withoutEnd(line), 0)
	return done && why == "" && len(alone.ends) == n
}

// lineAt gives the line that begins off bytes after pos, or io.EOF. Of a line
// that is too long it gives maxRecord bytes and a line end. It is good until
// the next call.
func (t *csvText) lineAt(off int) ([]byte, error) {
	if rest := t.buf[t.pos+off:]; len(rest) > 0 {
		if i := bytes.IndexByte(rest, '\n'); i >= 0 {
			return rest[:i+1], nil
		}
		return rest, nil // the last line of the file
	}
	t.buf = t.buf[:copy(t.buf, t.buf[t.pos:])]
	t.pos = 0
	part, err := t.in.ReadSlice('\n')
	t.buf = append(t.buf, part...)
	if errors.Is(err, bufio.ErrBufferFull) {
		t.buf = append(t.buf, '\n')
		for errors.Is(err, bufio.ErrBufferFull) {
			_, err = t.in.ReadSlice('\n')
		}
	}
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return nil, err
	case off == len(t.buf):
		return nil, io.EOF
	}
	return t.buf[off:], nil
}

func withoutEnd(line []byte) []byte {
	line = bytes.TrimSuffix(line, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r"))
}

// splitter takes the lines of one record, and keeps its fields without their quotes.
type splitter struct {
	state    splitState
	out      []byte
	ends     []int // of each field in out
	quotedOn int   // where the last quoted field begins: lines after the first
	quotedAt int   // and byte of that line, from 1
}

type splitState byte

const (
	atField splitState = iota // nothing of the field was read
	plain
	quoted
	afterQuote // the end of the field, or half of a doubled quote
)

func (s *splitter) reset() { *s = splitter{out: s.out[:0], ends: s.ends[:0]} }

// take reads the n-th line, without its end. done is the end of the record;
// without it a quoted field goes on in the next line. why and the byte are for
// what is no record.
func (s *splitter) take(line []byte, n int) (done bool, why string, at int) {
	for i, c := range line {
		switch {
		case s.state == quoted && c == '"':
			s.state = afterQuote
		case s.state == quoted:
			s.out = append(s.out, c)
		case c == ',':
			s.end()
		case s.state == afterQuote && c == '"':
			s.out = append(s.out, c)
			s.state = quoted
		case s.state == afterQuote:
			return false, `extraneous or missing " in quoted-field`, i + 1
		case s.state == atField && c == '"':
			s.state, s.quotedOn, s.quotedAt = quoted, n, i+1
		case c == '"':
			return false, `bare " in non-quoted-field`, i + 1
		default:
			s.state = plain
			s.out = append(s.out, c)
		}
	}
	if s.state == quoted {
		s.out = append(s.out, '\n')
		return false, "", 0
	}
	s.end()
	return true, "", 0
}

func (s *splitter) end() {
	s.ends = append(s.ends, len(s.out))
	s.state = atField
}

// fields are those that ended.
func (s *splitter) fields() []string {
	text := string(s.out)
	list := make([]string, len(s.ends))
	from := 0
	for i, to := range s.ends {
		list[i] = text[from:to]
		from = to
	}
	return list
}
