package dispatch_test

import (
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"onekeyd/dispatch"
	"onekeyd/dispatch/dispatchtest"
	"onekeyd/geo"
)

// single is a read model of one incident, with one responder at another door.
type single struct {
	dispatch.Cases
	inc  *dispatch.Incident
	busy dispatch.ResponderID
}

func (s single) Case(dispatch.CaseID) (*dispatch.Incident, uint64) { return s.inc, 1 }

func (s single) Busy(r dispatch.ResponderID) (bound, offered int) {
	if r == s.busy {
		return 1, 0
	}
	return 0, 0
}

type lone struct{ dispatch.Nodes }

func (lone) Self() dispatch.NodeID { return "n1" }

func TestCandidatesAreTheNearestOfEachKindWithReasons(t *testing.T) {
	areas, wrong := geo.NewAreas([]geo.Area{{Code: "C", Level: geo.Community}, {Code: "G", Level: geo.Grid, Parent: "C"}})
	if len(wrong) > 0 {
		t.Fatal(wrong)
	}
	home := geo.Point{Lat: 39.92, Lon: 116.44}
	at := func(metres float64) geo.Point { return geo.Point{Lat: home.Lat + metres/111_000, Lon: home.Lon} }
	helper := func(id string, kind dispatch.ResponderKind, metres float64, areas ...string) dispatch.Responder {
		return dispatch.Responder{ID: dispatch.ResponderID(id), Name: id, Kind: kind, Phone: "+8613800000000", Base: at(metres), Areas: areas, OnDuty: true}
	}
	off, asked := helper("W-off", dispatch.Worker, 20), helper("W-asked", dispatch.Worker, 30)
	off.OnDuty = false
	dir := dispatchtest.Directory{Grid: areas, Helpers: []dispatch.Responder{
		off, asked, helper("W-busy", dispatch.Worker, 40), helper("W-grid", dispatch.Worker, 900, "G"), helper("W-near", dispatch.Worker, 100),
		helper("W-2", dispatch.Worker, 200), helper("W-3", dispatch.Worker, 300), helper("W-4", dispatch.Worker, 400), helper("W-far", dispatch.Worker, 5000),
		helper("C-1", dispatch.Clinic, 600), helper("P-1", dispatch.Provider, 10),
	}}
	places := dispatch.NewPlaces(dispatch.DefaultPlan(), nil)
	places.Load(dir, dir.Responders())
	inc := &dispatch.Incident{ID: "i-1", Case: "E-1", State: dispatch.StateDispatched, Kind: dispatch.Fall, Elder: "E-1", Premises: &dispatch.Premises{Point: home, Area: "G"}, RaisedAt: time.Now(),
		Offers: []dispatch.Offer{{Responder: "W-asked", Kind: dispatch.Worker, State: dispatch.Offered}}}
	d, err := dispatch.NewDispatcher(dispatch.Options{Cases: single{inc: inc, busy: "W-busy"}, Locator: places, Nodes: lone{}, Plans: dispatch.Plans{Default: dispatch.DefaultPlan()}, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	d.Use(dir)
	desk := dispatch.NewDesk(d, func(id dispatch.IncidentID) (dispatch.CaseID, bool) { return "E-1", id == "i-1" })

	ids := func(offers []dispatch.Offer) (out []string) {
		for _, o := range offers {
			out = append(out, string(o.Responder))
		}
		return out
	}
	offers, passed, err := desk.Candidates("i-1")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"W-grid", "W-near", "W-2", "W-3", "W-4", "C-1"}, ids(offers)); diff != "" {
		t.Errorf("candidates (-want +got):\n%s", diff)
	}
	if o := offers[0]; o.Why == "" || o.ETA <= 0 || o.Distance < 800 || o.State != "" {
		t.Errorf("the first is %+v", o)
	}
	why := map[string]string{}
	for _, p := range passed {
		why[string(p.Responder)] = p.Why
	}
	if diff := cmp.Diff(map[string]string{"W-off": "off duty", "W-asked": "is asked already", "W-busy": "on another call"}, why); diff != "" {
		t.Errorf("passed over (-want +got):\n%s", diff)
	}

	inc.Kind = dispatch.Service
	if offers, _, _ := desk.Candidates("i-1"); cmp.Diff([]string{"P-1"}, ids(offers)) != "" {
		t.Errorf("an order is offered to %v", ids(offers))
	}
	inc.Premises = nil
	if offers, passed, err := desk.Candidates("i-1"); len(offers)+len(passed) > 0 || err != nil {
		t.Errorf("near an unknown place: %v %v %v", offers, passed, err)
	}
	if _, _, err := desk.Candidates("i-2"); !errors.Is(err, dispatch.ErrNoIncident) {
		t.Errorf("another incident: %v", err)
	}
}
