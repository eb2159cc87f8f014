package dispatch

import "time"

// DefaultPlan is what happens where nobody has written another plan. Its times
// are DESIGN section 4 and ALERTS section 5; the sources beside them are theirs.
func DefaultPlan() Plan {
	near := []Share{{Kinds: []ResponderKind{Worker, GridLeader}, Count: 3}, {Kinds: []ResponderKind{Clinic}, Count: 1}}
	// Volunteers are told the place and not the name: they are strangers to the elder.
	wider := []Share{{Kinds: []ResponderKind{Volunteer}, Count: 4, Words: "responder_alert_min"}, {Kinds: []ResponderKind{Worker, GridLeader, Doctor}, Count: 2}}
	urgent := Ask{
		Shares: near, Enough: 1, OfferFor: 25 * time.Second, Family: true,
		Tiers: []Tier{
			{After: time.Minute, Shares: wider, Family: true},
			{After: 90 * time.Second, Call: []AlertRole{RoleSupervisor}},
			{After: 3 * time.Minute, Call: []AlertRole{RoleSupervisor, RoleCentre}, Every: time.Minute},
		},
	}
	// A device that has not seen its elder move: one pair of eyes at a time, and more time to answer.
	inactive := urgent
	inactive.Shares = []Share{{Kinds: []ResponderKind{Worker, GridLeader}, Count: 3}, {Kinds: []ResponderKind{Clinic}, Count: 1}}
	inactive.OfferFor = 45 * time.Second
	service := Ask{
		Shares: []Share{{Kinds: []ResponderKind{Provider}, Count: 1, Words: "service_order"}}, Enough: 1, OfferFor: 15 * time.Minute, Arrive: 24 * time.Hour, Remind: 4 * time.Hour,
		Tiers: []Tier{{After: time.Hour, Call: []AlertRole{RoleSupervisor}, Every: 4 * time.Hour}},
	}
	// Many calls at once: everybody of the community is asked, and nobody is stood down.
	area := Ask{
		Shares: []Share{{Kinds: []ResponderKind{Worker, GridLeader}, Count: 12, Words: "storm", Stays: true}}, Enough: 1, OfferFor: 5 * time.Minute, Arrive: 24 * time.Hour,
		Tiers: []Tier{
			{After: time.Minute, Call: []AlertRole{RoleSupervisor}},
			{After: 3 * time.Minute, Call: []AlertRole{RoleSupervisor, RoleCentre}, Every: 5 * time.Minute},
		},
	}
	return Plan{
		Name: "default-2",
		Asks: map[Kind]Ask{SOS: urgent, Fall: urgent, Inactivity: inactive, Service: service, Cancel: {}, Test: {Nobody: true}, AreaStorm: area},
		// 120 centres in China pass an unanswered call on after 10 s; NENA-STA-020.1 wants 90 % answered in 15 s.
		Desk: []DeskStep{{10 * time.Second, RingAll}, {15 * time.Second, Louder}, {30 * time.Second, Supervisor}, {time.Minute, NextCentre}},
		// The figures of the issue; 5 % of a house of twenty would be one key.
		Storm: Storm{Devices: 20, Share: 0.05, Least: 8, Within: 5 * time.Minute, Calm: 15 * time.Minute},
		// An armed console says within a second that it has painted the incident.
		Unseen: 2500 * time.Millisecond,
		Waits: Waits{
			// 38 % of texts are not delivered at the first attempt (ETSI EMTEL), and 35 % of volunteers notice too late (Scholten 2011): a ringing phone follows.
			Sent: 10 * time.Second, Delivered: 20 * time.Second, Answer: 30 * time.Second, Calls: 3,
			Move: 3 * time.Minute, Arrive: 10 * time.Minute, ArriveETA: 2, Remind: 10 * time.Minute, Close: 3 * time.Minute,
		},
		// Helpers move at a median 2.3 m/s (DOMAIN: volunteer responder studies); the
		// detour is our assumption until there are routes.
		Speed: 2.3, Detour: 1.3, FreshFor: 15 * time.Minute, UsableFor: 30 * time.Minute,
	}
}
