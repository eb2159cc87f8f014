// Package metrics turns facts into Prometheus metrics.
//
// Every interval of one press is a histogram, and each is computed from the
// times in the facts themselves, so that what the graphs show is what the
// journal can prove. Names are the field's interval words:
//
//	gateway → stored → dispatched → handed to a carrier → delivered
//	                              → seen on a console
//
// Observing never blocks and never fails.
package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"onekeyd/dispatch"
)

// Metrics observes records. The zero value is not usable; see [New].
type Metrics struct {
	stored     *prometheus.HistogramVec
	dispatched prometheus.Histogram
	handed     *prometheus.HistogramVec
	delivered  *prometheus.HistogramVec
	shown      prometheus.Histogram
	presses    *prometheus.CounterVec
	refused    *prometheus.CounterVec
	alerts     *prometheus.CounterVec
	closed     *prometheus.CounterVec
	forged     *prometheus.CounterVec
	downlinks  *prometheus.CounterVec
	course     course
}

// New registers all metrics. open, armed and waiting are read at each scrape.
func New(reg prometheus.Registerer, open, armed, waiting func() float64) (*Metrics, error) {
	m := &Metrics{
		stored:     vector("press_stored_seconds", "From a press arriving at a gateway to its storage being confirmed.", "gateway"),
		dispatched: prometheus.NewHistogram(interval("press_dispatched_seconds", "From a press arriving to its incident being stored with those who are asked.")),
		handed:     vector("alert_handed_seconds", "From an alert being intended to a carrier having it.", "role"),
		delivered:  vector("alert_delivered_seconds", "From a carrier having an alert to the handset having it, by the carrier's word.", "role"),
		shown:      prometheus.NewHistogram(interval("press_seen_seconds", "From an incident being stored to the first console's receipt that it is painted.")),
		presses:    counter("presses_total", "Presses by kind and what became of them: raised, joined, unknown, test; late ones are counted beside.", "kind", "outcome"),
		refused:    counter("presses_refused_total", "Presses a gateway refused, so that the device was not told received.", "gateway", "reason"),
		alerts:     counter("alert_reports_total", "What carriers said of alerts.", "carrier", "state"),
		closed:     counter("incidents_closed_total", "Closed incidents by disposition.", "disposition"),
		course:     newCourse(),
		forged:     counter("hooks_forged_total", "Webhooks that their carrier did not sign.", "carrier"),
		downlinks:  counter("downlinks_total", "States of calls that devices were told, by way: said, failed, or full where there was no room.", "way", "outcome"),
	}
	// There from the start, so that a rule about an interval finds it before the first press.
	for _, gateway := range []string{"http", "mqtt"} {
		m.stored.WithLabelValues(gateway)
	}
	for _, role := range []dispatch.AlertRole{dispatch.RoleResponder, dispatch.RoleContact} {
		m.handed.WithLabelValues(string(role))
		m.delivered.WithLabelValues(string(role))
	}
	gauges := []prometheus.Collector{
		gauge("incidents_open", "Open incidents.", open),
		gauge("consoles_armed", "Consoles that say their alarm can be heard.", armed),
		gauge("alerts_in_hand", "Alerts on their way to a carrier or into the journal.", waiting),
	}
	all := append(gauges, m.stored, m.dispatched, m.handed, m.delivered, m.shown, m.presses, m.refused, m.alerts, m.closed, m.forged, m.downlinks)
	all = append(all, m.course.collectors()...)
	for _, c := range all {
		if err := reg.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// Stored counts a press that a gateway has stored.
func (m *Metrics) Stored(gateway string, took time.Duration) {
	m.stored.WithLabelValues(gateway).Observe(took.Seconds())
}

// Refused counts a press that a gateway refused.
func (m *Metrics) Refused(gateway, reason string) {
	m.refused.WithLabelValues(gateway, reason).Inc()
}

// Forged counts a webhook that was not signed by its carrier.
func (m *Metrics) Forged(carrier string) { m.forged.WithLabelValues(carrier).Inc() }

// Downlink counts a state that a device was told, or was not.
func (m *Metrics) Downlink(way, outcome string) { m.downlinks.WithLabelValues(way, outcome).Inc() }

// Observe takes the next record of the journal and the incident after it.
func (m *Metrics) Observe(r dispatch.Record, inc *dispatch.Incident) {
	m.course.observe(r, inc)
	for _, f := range r.Facts {
		switch f := f.(type) {
		case dispatch.Raised:
			if f.Kind == dispatch.AreaStorm {
				continue // no key was pressed for it
			}
			m.press(r, f.Press, outcome(f))
		case dispatch.Joined:
			m.press(r, f.Press, "joined")
		case dispatch.Reported:
			m.reported(f.Reports, inc)
		case dispatch.Seen:
			if len(inc.SeenBy) == 1 {
				m.shown.Observe(max(0, f.At.Sub(inc.RaisedAt).Seconds()))
			}
		case dispatch.Closed:
			m.closed.WithLabelValues(string(f.Disposition)).Inc()
		}
	}
}

func (m *Metrics) press(r dispatch.Record, p dispatch.PressSeen, outcome string) {
	m.presses.WithLabelValues(string(p.Kind), outcome).Inc()
	if p.Late > 0 {
		m.presses.WithLabelValues(string(p.Kind), "late").Inc()
		return // its way was long before it came here
	}
	if !p.Received.IsZero() && !r.StoredAt.IsZero() {
		m.dispatched.Observe(max(0, r.StoredAt.Sub(p.Received).Seconds()))
	}
}

func (m *Metrics) reported(reports []dispatch.Report, inc *dispatch.Incident) {
	for _, rep := range reports {
		m.alerts.WithLabelValues(rep.Carrier, string(rep.State)).Inc()
		a, ok := inc.Alert(rep.Alert)
		if !ok {
			continue
		}
		switch rep.State {
		case dispatch.AlertHanded:
			m.handed.WithLabelValues(string(a.Role)).Observe(max(0, rep.At.Sub(a.Intended).Seconds()))
		case dispatch.AlertDelivered:
			if !a.Handed.IsZero() {
				m.delivered.WithLabelValues(string(a.Role)).Observe(max(0, rep.At.Sub(a.Handed).Seconds()))
			}
		}
	}
}

func outcome(f dispatch.Raised) string {
	switch {
	case f.Kind == dispatch.Test:
		return "test"
	case f.Unknown != "":
		return "unknown"
	}
	return "raised"
}

// interval is a histogram fit for 100 µs to 10 s: native where the scraper can
// take it (8.9 % wide buckets), classic buckets beside for those that cannot.
func interval(name, help string) prometheus.HistogramOpts {
	return prometheus.HistogramOpts{
		Namespace: "onekeyd", Name: name, Help: help,
		NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: 160, NativeHistogramMinResetDuration: time.Hour,
		Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
	}
}

func vector(name, help string, labels ...string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(interval(name, help), labels)
}

func counter(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "onekeyd", Name: name, Help: help}, labels)
}

func gauge(name, help string, read func() float64) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "onekeyd", Name: name, Help: help}, read)
}
