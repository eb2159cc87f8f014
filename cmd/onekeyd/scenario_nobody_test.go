package main

import (
	"slices"
	"testing"
	"time"

	"onekeyd/dispatch"
)

// Nobody answers, nobody is at the desk: the circle grows, those above are told,
// and it goes on until somebody has taken it.
func TestNobodyAnswers(t *testing.T) {
	scenarioWith(t, neighbourhood, func(t *testing.T, w *world) {
		w.press("D-wang")
		after(10 * time.Minute)
		inc := w.incident("E-wang")
		told := func(phone string, kind string, channel dispatch.Channel) (at []time.Duration) {
			for _, a := range inc.Alerts {
				if a.Phone == phone && a.Kind == kind && a.Channel == channel {
					at = append(at, a.Intended.Sub(inc.RaisedAt).Round(100*time.Millisecond))
				}
			}
			return at
		}
		expect := func(who string, got []time.Duration, want ...time.Duration) {
			t.Helper()
			if len(got) > len(want) {
				got = got[:len(want)]
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: %v, want it to begin with %v", who, got, want)
			}
		}
		const s = time.Second
		// Three workers or grid leaders and the clinic; whoever lapses is replaced.
		expect("Zhang is asked", w.helper(zhang).askedAt(), 0)
		expect("the clinic is asked", w.helper(clinic).askedAt(), 0)
		expect("Sun is asked", w.helper(sun).askedAt(), 25*s)
		expect("Zhou is asked", w.helper(zhou).askedAt(), 25*s)
		expect("Zhang's telephone rings", told(zhangPhone, "responder_alert", dispatch.ChannelVoice), 30*s)
		// The circle: volunteers, who are told no name, the doctor, and the family by telephone.
		for n := range 4 {
			expect("a volunteer is asked", w.helper(volunteer(n+1)).askedAt(), 60*s)
		}
		expect("the doctor is asked", w.helper(doctor).askedAt(), 60*s)
		expect("the son is told", told(sonPhone, "family_alert", dispatch.ChannelSMS), 0)
		expect("the son's telephone rings", told(sonPhone, "family_alert", dispatch.ChannelVoice), 60*s)
		// No console has shown it, no operator has taken it, and nobody comes.
		expect("the supervisor is told of the desk", told(supervisorPhone, "desk_call", dispatch.ChannelVoice), 2500*time.Millisecond)
		expect("the centre is told of the desk", told(centrePhone, "desk_call", dispatch.ChannelSMS), 60*s)
		expect("the supervisor is told", told(supervisorPhone, "escalate", dispatch.ChannelSMS), 90*s, 180*s)
		expect("the supervisor is rung", told(supervisorPhone, "escalate", dispatch.ChannelVoice), 90*s, 180*s, 240*s, 300*s, 360*s, 420*s)
		expect("the centre is told", told(centrePhone, "escalate", dispatch.ChannelSMS), 180*s)
		expect("the centre is rung", told(centrePhone, "escalate", dispatch.ChannelVoice), 180*s, 240*s, 300*s, 360*s, 420*s)
		if n := len(w.helper(zhang).askedAt()); n > 5 {
			t.Errorf("Zhang was asked %d times in ten minutes", n)
		}

		w.reply(supervisorPhone, "1")
		w.expectLast(supervisorPhone, "由您接手")
		after(10 * time.Second) // calls that ring are taken back
		calls := len(w.sim.CallsTo(supervisorPhone)) + len(w.sim.CallsTo(centrePhone))
		after(30 * time.Minute)
		if now := len(w.sim.CallsTo(supervisorPhone)) + len(w.sim.CallsTo(centrePhone)); now != calls {
			t.Errorf("the supervisor has taken it, and those on call were rung %d times more", now-calls)
		}
		if len(idle(w)) == 0 {
			t.Error("nothing brings back a call that is open and on which nothing happens")
		}
		w.closes()
		w.endsInSilence()
	})
}

func idle(w *world) []dispatch.Line {
	return slices.DeleteFunc(w.facts(dispatch.FactEscalated), func(l dispatch.Line) bool {
		data, _ := l.Data.(map[string]string)
		return data["ladder"] != string(dispatch.LadderIdle)
	})
}
