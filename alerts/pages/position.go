package pages

import (
	"net/http"
	"strconv"
	"time"

	"onekeyd/dispatch"
	"onekeyd/geo"
)

const (
	// oldest is how old a position may be when it is sent; an older one says where somebody was.
	oldest = 2 * time.Minute
	// vaguest is how wrong a position may be, in metres: beyond, it is the place of a radio mast.
	vaguest = 2000
)

// position takes where a responder is, from their own page, while they are bound
// to the incident: lat, lon (WGS-84, as browsers give), acc in metres, and age in
// milliseconds, since the telephone's clock is not asked.
func (p *Pages) position(w http.ResponseWriter, r *http.Request, v visit) {
	if !readForm(w, r) {
		return
	}
	number := func(name string) (float64, bool) {
		x, err := strconv.ParseFloat(r.PostFormValue(name), 64)
		return x, err == nil
	}
	lat, okLat := number("lat")
	lon, okLon := number("lon")
	acc, okAcc := number("acc")
	age, okAge := number("age")
	at := geo.Point{Lat: lat, Lon: lon}
	if !okLat || !okLon || !okAcc || !okAge || at.Plausible() != nil || !(acc >= 0) || !(age >= 0) {
		refuseForm(w)
		return
	}
	if v.ended != nil {
		w.WriteHeader(http.StatusGone) // the page stops sending
		return
	}
	id := dispatch.ResponderID(v.who.ID)
	if o, _ := v.incident.Offer(id); !o.State.Active() {
		w.WriteHeader(http.StatusGone)
		return
	}
	if acc <= vaguest && age <= float64(oldest.Milliseconds()) {
		p.opt.Places.Move(id, at, time.Now().Add(-time.Duration(age)*time.Millisecond))
	}
	w.WriteHeader(http.StatusNoContent)
}
