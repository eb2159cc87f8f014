package stage

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"onekeyd/dispatch"
)

// Commands are what a desk can do about an incident; dispatch.Desk has them.
type Commands interface {
	Call(ctx context.Context, id dispatch.IncidentID, operator, whom string, outcome dispatch.CallOutcome, text string) (*dispatch.Incident, error)
	Close(ctx context.Context, id dispatch.IncidentID, operator string, how dispatch.Disposition, note string, version uint64) (*dispatch.Incident, error)
}

// Desk is whoever is on call and has been told: they ring the elder and close
// what the plan does not close by itself, so that a demo at whose console nobody
// sits goes on. What somebody at a console has taken is left to them, for long.
type Desk struct {
	Open     func() []*dispatch.Incident
	Commands Commands
	Log      *slog.Logger
}

const (
	// looks is how often the open incidents are gone through.
	looks = 5 * time.Second
	// settled is how long those who were there have left, before it is closed.
	settled = 90 * time.Second
	// unattended is how long nobody goes there at all, and forsaken how long
	// anything may be open, even if it is somebody's at a console.
	unattended, forsaken = 12 * time.Minute, 45 * time.Minute
	// byName is who does it where nobody has taken it.
	byName = string(dispatch.RoleSupervisor)
)

// Run sees to the incidents until ctx ends.
func (d *Desk) Run(ctx context.Context) error {
	for rest(ctx, looks) {
		for _, inc := range d.Open() {
			if err := d.sees(ctx, inc, time.Now()); err != nil && ctx.Err() == nil {
				d.Log.Info("an incident could not be closed yet", "incident", inc.ID, "err", err)
			}
		}
	}
	return ctx.Err()
}

// sees closes one incident, if its time has come.
func (d *Desk) sees(ctx context.Context, inc *dispatch.Incident, now time.Time) error {
	who := byName
	if inc.Acked != nil {
		who = inc.Acked.Operator
	}
	onCall := who == byName || who == string(dispatch.RoleCentre)
	there := func(o dispatch.Offer) bool { return o.State == dispatch.Cleared }
	goes := func(o dispatch.Offer) bool { return o.State.Active() }
	switch {
	case inc.Kind == dispatch.AreaStorm:
		return nil // ends when its calls have
	case now.Sub(inc.RaisedAt) > forsaken:
		return d.closes(ctx, inc, byName)
	case !onCall, slices.ContainsFunc(inc.Offers, goes):
		return nil
	case inc.Acked != nil && slices.ContainsFunc(inc.Offers, there) && now.Sub(inc.Touched) > settled:
		return d.closes(ctx, inc, who)
	case now.Sub(inc.RaisedAt) > unattended:
		return d.closes(ctx, inc, who)
	}
	return nil
}

// closes rings the elder first, if there is one: nobody closes unheard and unseen.
func (d *Desk) closes(ctx context.Context, inc *dispatch.Incident, who string) error {
	how, note := dispatch.OtherEnd, "the demo's desk is empty, and nobody is known behind this key"
	if inc.Elder != "" {
		var err error
		if inc, err = d.Commands.Call(ctx, inc.ID, who, "elder", dispatch.CallSpoke, ""); err != nil {
			return err
		}
		how, note = dispatch.FalseAlarm, ""
	}
	for _, o := range inc.Offers {
		if o.State == dispatch.Cleared {
			if how = o.Outcome; how == "" {
				how = dispatch.Assisted
			}
		}
	}
	if inc.Kind == dispatch.Service {
		how = dispatch.Served
	}
	_, err := d.Commands.Close(ctx, inc.ID, who, how, note, inc.Seq)
	if errors.Is(err, dispatch.ErrNoIncident) {
		return nil // somebody else was quicker
	}
	return err
}
