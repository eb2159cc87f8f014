package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"onekeyd/dispatch"
)

// course is what becomes of a call after people were told, in the intervals
// that dispatch centres are compared by: NFPA 1710's turnout and travel in the
// wording of NFORS, and the answering of the desk.
type course struct {
	answered, accepted, arrived prometheus.Histogram
	turnout, travel, onScene    prometheus.Histogram
	offers, escalations         *prometheus.CounterVec
}

func newCourse() course {
	return course{
		answered:    prometheus.NewHistogram(minutes("desk_answer_seconds", "From an incident being raised to an operator taking it.")),
		accepted:    prometheus.NewHistogram(minutes("call_accepted_seconds", "From an incident being raised to the first acceptance: alarm handling, as the elder lives it.")),
		arrived:     prometheus.NewHistogram(minutes("call_arrived_seconds", "From an incident being raised to somebody being on scene.")),
		turnout:     prometheus.NewHistogram(minutes("turnout_seconds", "From a responder's acceptance to their being en route, where that is known.")),
		travel:      prometheus.NewHistogram(minutes("travel_seconds", "From being en route, or else from the acceptance, to being on scene.")),
		onScene:     prometheus.NewHistogram(minutes("on_scene_seconds", "From a responder being on scene to their being done.")),
		offers:      counter("offers_total", "What became of offers: the facts that moved them.", "outcome"),
		escalations: counter("escalations_total", "Steps of the ladders that were climbed.", "ladder", "deed"),
	}
}

func (c course) collectors() []prometheus.Collector {
	return []prometheus.Collector{c.answered, c.accepted, c.arrived, c.turnout, c.travel, c.onScene, c.offers, c.escalations}
}

func (c course) observe(r dispatch.Record, inc *dispatch.Incident) {
	for _, f := range r.Facts {
		switch f := f.(type) {
		case dispatch.Acknowledged:
			if inc.Acked != nil && inc.Acked.At.Equal(r.At) {
				c.answered.Observe(r.At.Sub(inc.RaisedAt).Seconds())
			}
		case dispatch.Escalated:
			c.escalations.WithLabelValues(string(f.Ladder), string(f.Deed)).Inc()
		case dispatch.Moved:
			c.offers.WithLabelValues(string(f.What)).Inc()
			if o, ok := inc.Offer(f.Responder); ok {
				c.moved(r.At, inc, o, f.What)
			}
		}
	}
}

func (c course) moved(at time.Time, inc *dispatch.Incident, o dispatch.Offer, what dispatch.FactType) {
	now := func(t time.Time) bool { return t.Equal(at) }
	firstOf := func(of func(dispatch.Offer) time.Time) bool {
		for _, other := range inc.Offers {
			if t := of(other); !t.IsZero() && t.Before(at) {
				return false
			}
		}
		return true
	}
	if now(o.AcceptedAt) && firstOf(func(o dispatch.Offer) time.Time { return o.AcceptedAt }) {
		c.accepted.Observe(at.Sub(inc.RaisedAt).Seconds())
	}
	switch {
	case what == dispatch.FactEnRoute && now(o.EnRouteAt):
		c.turnout.Observe(at.Sub(o.AcceptedAt).Seconds())
	case what == dispatch.FactOnScene && now(o.OnSceneAt):
		from := o.EnRouteAt
		if from.IsZero() {
			from = o.AcceptedAt
		}
		c.travel.Observe(at.Sub(from).Seconds())
		if firstOf(func(o dispatch.Offer) time.Time { return o.OnSceneAt }) {
			c.arrived.Observe(at.Sub(inc.RaisedAt).Seconds())
		}
	case what == dispatch.FactCleared && now(o.ClearedAt) && !o.OnSceneAt.IsZero():
		c.onScene.Observe(at.Sub(o.OnSceneAt).Seconds())
	}
}

// minutes is a histogram of what people do, from a second to two hours, with
// edges at the bars of standards: 10, 15, 20 and 60 s, 18, 30 and 45 min.
func minutes(name, help string) prometheus.HistogramOpts {
	o := interval(name, help)
	o.Buckets = []float64{1, 5, 10, 15, 20, 30, 60, 90, 180, 300, 600, 1080, 1800, 2700, 7200}
	return o
}
