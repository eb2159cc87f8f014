package journal

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
)

// archiveHeader marks what Archive wrote, and says in which form. Anything else
// under an incident's subject must not count as its document, or the incident
// would be purged for it.
const archiveHeader = "Onekeyd-Archive"

// The forms of a document. Both are read for ever; testdata holds one of each.
const (
	formPlain = "1" // as given; written until November 2026
	formGzip  = "2" // RFC 1952, with its check of the content
)

// pack makes a document smaller: an incident with thousands of presses of a
// stuck key says the same thousands of times, and a message has a bound.
func pack(doc []byte) (data []byte, form string, err error) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(doc); err != nil {
		return nil, "", fmt.Errorf("compress document: %w", err)
	}
	if err := z.Close(); err != nil {
		return nil, "", fmt.Errorf("compress document: %w", err)
	}
	return b.Bytes(), formGzip, nil
}

// unpack gives a document as it was given to Archive.
func unpack(data []byte, form string) ([]byte, error) {
	switch form {
	case formPlain:
		return data, nil
	case formGzip:
		z, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			return nil, fmt.Errorf("read compressed document: %w", err)
		}
		doc, err := io.ReadAll(z)
		if err != nil {
			return nil, fmt.Errorf("read compressed document: %w", err)
		}
		return doc, nil
	}
	return nil, fmt.Errorf("document has form %q, written by a newer build", form)
}
