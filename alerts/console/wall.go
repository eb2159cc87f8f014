package console

import "onekeyd/dispatch"

// hidePeople leaves what a big screen may show: kinds, states, times and counts.
func (v *incidentJSON) hidePeople() {
	v.Elder, v.Device, v.Name, v.Sex, v.Age, v.Language, v.Hints, v.Address, v.Floor, v.Unknown, v.Desk = "", "", "", "", 0, "", "", "", "", "", ""
	v.Lat, v.Lon = nil, nil
	v.Phone, v.DevicePhone, v.HandTo, v.Calls = "", "", "", []calledJSON{}
	v.Service = "" // a device may write there what it likes
	v.Presses, v.PassedOver, v.SeenBy = []pressJSON{}, []passedJSON{}, []seenJSON{}
	for i, o := range v.Offers {
		v.Offers[i] = offerJSON{Kind: o.Kind, State: o.State, DistanceM: o.DistanceM, ETAS: o.ETAS, Since: o.Since, LapsesAt: o.LapsesAt, Round: o.Round, Tier: o.Tier, Released: o.Released}
	}
	for i, a := range v.Alerts {
		v.Alerts[i] = alertJSON{Role: a.Role, Channel: a.Channel, Kind: a.Kind, State: a.State, IntendedAt: a.IntendedAt, HandedAt: a.HandedAt, DeliveredAt: a.DeliveredAt}
	}
	for i, l := range v.Timeline {
		v.Timeline[i] = lineJSON{At: l.At, What: l.What, Data: nameless(l)}
	}
	for i, e := range v.Escalations {
		v.Escalations[i] = stepJSON{At: e.At, Ladder: e.Ladder, Step: e.Step, Deed: e.Deed}
	}
	for i, o := range v.Visits {
		v.Visits[i] = visitJSON{Outcome: o.Outcome, LeftAt: o.LeftAt}
	}
	for i, m := range v.Members {
		v.Members[i] = memberJSON{Incident: m.Incident, Kind: m.Kind, At: m.At}
	}
	for i, c := range v.Coming {
		v.Coming[i] = comingJSON{Not: c.Not}
	}
	if v.Proposed != nil {
		v.Proposed = &proposedJSON{Disposition: v.Proposed.Disposition}
	}
	if v.Ended != nil {
		v.Ended = &endJSON{Disposition: v.Ended.Disposition, At: v.Ended.At}
	}
	if v.Acked != nil {
		v.Acked = &ackJSON{At: v.Acked.At}
	}
}

// nameless keeps of a line's data what are codes, whatever the person it is about.
func nameless(l lineJSON) any {
	switch dispatch.FactType(l.What) {
	case dispatch.FactEscalated, dispatch.FactDispatched, dispatch.FactAlerted, dispatch.FactProposed, dispatch.FactClosed:
		return l.Data
	}
	return nil
}
