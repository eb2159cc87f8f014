package bench

import (
	"fmt"
	"strings"
)

// planFor is the plan of the daemon measured, which differs from the default one
// in what comes later. What is measured is a press and what it causes at once;
// what a plan does later about a call that nobody answers, as nobody here does,
// must not fall into the time of other presses or be counted as texts that were
// sent twice: offers that lapse after 25 s, a desk that is escalated after 10 s
// because nobody has taken the call. Nor are many calls of one community
// gathered into one, for then there would be fewer texts than presses. With one
// SMS a press, only clinics are asked, since there is nobody else to be looked for
// again and again.
func planFor(sms int) string {
	var b strings.Builder
	b.WriteString(`
[default]
desk = [{ after = "2h", do = "ring_all" }]

[default.waits]
answer = "2h"
remind = "2h"

[default.gather]
devices = 1000000
least = 1000000
share = 1.0
`)
	for _, kind := range []string{"sos", "fall", "inactivity", "service"} {
		fmt.Fprintf(&b, "\n[default.%s]\noffer_for = \"2h\"\ntiers = [{ after = \"2h\", call = [\"supervisor\"], every = \"2h\" }]\n", kind)
		if sms == 1 && kind != "service" {
			b.WriteString("shares = [{ kinds = [\"clinic\"], count = 1 }]\n")
		}
	}
	return b.String()
}
