package dispatch

import (
	"strings"
	"time"
)

// A canary is a press that a daemon makes itself, to see that a press of anybody
// would go its whole way. It is a test press of a key that nobody has: it asks
// nobody, tells one number that waits for it, and is over in the append that
// raises it. It goes the way of all presses and is known by its mark alone.

// canaryMark begins the names of the keys that canaries press. No maker's
// devices are named so, and a call for help from such a key is still a call.
const canaryMark = "canary@"

// CanaryLife is how long a canary is of use: what has not become of it by then
// did not come in time, and its text is not worth sending. One that is taken up
// later than [LateAfter] raises nothing at all, so that a night in which nothing
// could be stored does not end in hundreds of texts.
const CanaryLife = 90 * time.Second

// CanaryDevice is the key that the daemon of this name presses; the name is one
// that settings let through.
func CanaryDevice(daemon string) DeviceID { return DeviceID(canaryMark + daemon) }

// Canary reports whether this is a daemon's own press.
func (p Press) Canary() bool {
	return p.Kind == Test && strings.HasPrefix(string(p.Device), canaryMark)
}

// Canary reports whether a daemon's own press raised this incident: it is shown
// and told to nobody, counted nowhere, and leaves nothing in the archive.
func (i *Incident) Canary() bool {
	return i != nil && i.Kind == Test && strings.HasPrefix(string(i.Device), canaryMark)
}

// canaryCase is a case for each canary: of two that are under way at once, the
// receipts of the first still find it.
func canaryCase(p Press) CaseID { return TestCase(p.Device) + CaseID("~"+shortHash(10, string(p.ID))) }

// CanaryText is who is told of each canary. It must be the same at every node:
// any of them may be the one that takes the press up.
type CanaryText struct {
	Phone    string // E.164; empty: nobody
	Language string
}

// canaryWords are the last words of a canary.
func (d *Dispatcher) canaryWords(p Press, id IncidentID) []Fact {
	if !p.Canary() || d.canary.Phone == "" {
		return nil
	}
	a := Alert{To: "canary", Role: RoleEngineer, Channel: ChannelSMS, Kind: "canary", Language: d.canary.Language, Phone: d.canary.Phone}
	a.ID = newAlertID(id, a.To, a.Kind, 0)
	return []Fact{Alerted{Alerts: []Alert{a}}}
}
