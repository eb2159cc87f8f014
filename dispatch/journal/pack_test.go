package journal

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"onekeyd/dispatch"

	"github.com/nats-io/nats.go"
)

// golden is one document in each form that was ever written. No form may go.
func golden(t *testing.T) map[string][]byte {
	t.Helper()
	forms := map[string][]byte{}
	for form, name := range map[string]string{formPlain: "document.1.json", formGzip: "document.2.gz"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		forms[form] = data
	}
	return forms
}

func TestEveryFormOfADocumentIsRead(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		j := open(t, t.TempDir(), "n1")
		defer closing(t, j)
		forms := golden(t)
		plain := forms[formPlain]
		if len(plain) == 0 || bytes.Equal(plain, forms[formGzip]) {
			t.Fatal("the golden documents are not what they should be")
		}
		var want []string
		for form, data := range forms {
			m := &nats.Msg{Subject: archivePrefix + "form" + form, Data: data, Header: nats.Header{"Onekeyd-Archive": {form}}}
			if _, err := j.main.js.PublishMsg(t.Context(), m); err != nil {
				t.Fatal(err)
			}
			if doc, err := j.Archived(t.Context(), dispatch.IncidentID("form"+form)); err != nil || !bytes.Equal(doc, plain) {
				t.Errorf("form %s is read as %q, %v", form, doc, err)
			}
			want = append(want, string(plain))
		}
		mustArchive(t, j, 1, "new")
		want = append(want, "new")
		f := followArchive(t, j, time.Time{})
		defer f.end(t)
		synctest.Wait()
		f.expect(t, len(want), want...)
	})
}

// A document of a newer build, or a damaged one, is named and does not hide the others.
func TestADocumentThatCannotBeReadDoesNotHideOthers(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		j := open(t, t.TempDir(), "n1")
		defer closing(t, j)
		gz := golden(t)[formGzip]
		damaged := bytes.Clone(gz)
		damaged[len(damaged)-5] ^= 1 // in the checksum
		mustArchive(t, j, 1, "a")
		for name, m := range map[string]*nats.Msg{
			"newer": {Data: gz, Header: nats.Header{archiveHeader: {"99"}}}, "damaged": {Data: damaged, Header: nats.Header{archiveHeader: {formGzip}}},
			"cut": {Data: gz[:len(gz)/2], Header: nats.Header{archiveHeader: {formGzip}}}, "empty": {Header: nats.Header{archiveHeader: {formGzip}}},
		} {
			m.Subject = archivePrefix + name
			if _, err := j.main.js.PublishMsg(t.Context(), m); err != nil {
				t.Fatal(err)
			}
			if doc, err := j.Archived(t.Context(), dispatch.IncidentID(name)); err == nil || errors.Is(err, ErrNotFound) {
				t.Errorf("%s is read as %q, %v", name, doc, err)
			}
		}
		mustArchive(t, j, 2, "b")
		f := followArchive(t, j, time.Time{})
		defer f.end(t)
		synctest.Wait()
		f.expect(t, 2, "a", "b")
	})
}

// A key that is stuck for days: the entries and the document are beyond the old bound of 1 MiB.
func TestAHugeIncidentIsArchived(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		j := open(t, t.TempDir(), "n1")
		defer closing(t, j)
		var doc bytes.Buffer
		for n := range 100_000 {
			fmt.Fprintf(&doc, `{"seq":%d,"at":"2026-11-21T14:%02d:%02dZ","fact":"press","device":"D-1","kind":"sos","id":"%016x"}`+"\n", n, n/60%60, n%60, rand.Uint64())
		}
		if err := j.Archive(t.Context(), "i1", "E-1", doc.Bytes(), 1); err != nil {
			t.Fatal(err)
		}
		if back, err := j.Archived(t.Context(), "i1"); err != nil || !bytes.Equal(back, doc.Bytes()) {
			t.Errorf("%d bytes came back as %d, %v", doc.Len(), len(back), err)
		}
		noise := make([]byte, 9<<20)
		for i := range noise {
			noise[i] = byte(rand.Uint32())
		}
		first := mustAppend(t, j, entry("E-2", "raised"), 0)
		if err := j.Archive(t.Context(), "i2", "E-2", noise, first.Seq); !errors.Is(err, nats.ErrMaxPayload) {
			t.Errorf("9 MiB that cannot be compressed: %v", err)
		}
		if last, err := j.Last(t.Context(), "E-2"); err != nil || last != first.Seq {
			t.Errorf("the case of an incident that was not archived was purged: last %d, %v", last, err)
		}
		if _, err := j.main.js.Publish(t.Context(), "press.D-1", noise[:9<<10]); err == nil {
			t.Error("a press of 9 kB is stored")
		}
	})
}
