package stage

import (
	"time"

	"onekeyd/alerts/sms/twiliosim"
)

// Carrier is a fair day at a carrier: most texts arrive within a few seconds, a
// few late, about one in twenty not (typical: 5 % fail, 6 to 8 s to deliver).
func Carrier(d *Dice) twiliosim.Behaviour {
	return func(twiliosim.Message) twiliosim.Outcome {
		sent := d.between(300*time.Millisecond, 1200*time.Millisecond)
		switch p := d.percent(); {
		case p < 3:
			return twiliosim.Fails(d.between(3*time.Second, 6*time.Second), 30003) // handset off or out of reach
		case p < 5:
			return twiliosim.Fails(d.between(2*time.Second, 4*time.Second), 30005) // no such handset
		case p < 7:
			return twiliosim.Loses(sent)
		case p < 15:
			return twiliosim.Delivers(sent, d.between(10*time.Second, 25*time.Second))
		}
		return twiliosim.Delivers(sent, d.between(2*time.Second, 7*time.Second))
	}
}
