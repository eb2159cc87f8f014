package pages

import (
	"sync/atomic"
	"testing"
	"time"

	"onekeyd/dispatch"
)

// Whatever a form says, the door's code is not given out off the record: a second
// tap on backup, which does nothing, once opened the page.
func TestNoFormOpensOffTheRecord(t *testing.T) {
	c := open(t, nil)
	c.press(time.Minute, "zh")
	c.moved(dispatch.FactAccepted, zhang)
	path := c.path(string(zhang))
	for _, form := range []string{"do=backup&more=99", "do=en_route", "do=arrived", "do=decline", "do=accept&x=1"} {
		r := c.do("POST", path, form)
		if r.status != 303 {
			t.Fatalf("%s: status %d", form, r.status)
		}
		if len(c.desk.revealed) == 0 {
			mustNot(t, c.get(r.location).body, opened...)
		}
	}
}

// sparse is a directory that learns of the elder's health while the call is open.
type sparse struct {
	directory
	knows *atomic.Bool
}

func (d sparse) Elder(id dispatch.ElderID) (dispatch.Elder, bool) {
	e, ok := d.directory.Elder(id)
	if !d.knows.Load() {
		e.Medical = ""
	}
	return e, ok
}

func TestWhatIsLearnedLaterIsAskedForAgain(t *testing.T) {
	var knows atomic.Bool
	c := open(t, func(o *Options) { o.Directory = func() Directory { return sparse{knows: &knows} } })
	c.press(time.Minute, "zh")
	p := c.tap(c.path(string(zhang)), "accept")
	must(t, p.body, doorCode)
	if len(c.desk.revealed) != 1 {
		t.Fatalf("on record: %v", c.desk.revealed)
	}
	knows.Store(true)
	mustNot(t, c.get(p.location).body, allergy)
	p = c.tap(p.location, "open")
	must(t, p.body, doorCode, allergy)
	if len(c.desk.revealed) != 2 {
		t.Errorf("on record: %v", c.desk.revealed)
	}
}
