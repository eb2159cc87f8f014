package district

import "fmt"

// Numbers from 555-0100 to 555-0199 are set aside for made-up people in every
// area code of North America (https://en.wikipedia.org/wiki/555_(telephone_number)), so
// an SMS that escaped to a real carrier would reach nobody. Mainland China has
// no such range, and Twilio could not carry this flow there: the daemon refuses
// a +86 responder with only Twilio to serve them.
const fictional = "55501"

// areaCodes are cities in service: a number in a code that is not would not pass an import.
var areaCodes = [...]string{"202", "206", "212", "213", "303", "312", "404", "415", "503", "617"}

// DeskNumber is what the simulated carrier sends from, the others are those on
// call above it; not in any area code above.
const (
	DeskNumber       = "+18085550100"
	SupervisorNumber = "+18085550101"
	NextCentreNumber = "+18085550102"
	EngineerNumber   = "+18085550103"
)

// numbers hands out one number after the other.
type numbers struct{ next int }

func (n *numbers) take() string {
	at := n.next
	n.next++
	return fmt.Sprintf("+1%s%s%02d", areaCodes[at/100], fictional, at%100)
}
