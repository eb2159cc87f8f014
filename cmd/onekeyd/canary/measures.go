package canary

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

// measures are the canary's own metrics; real presses are counted elsewhere.
type measures struct {
	took    *prometheus.HistogramVec
	missed  *prometheus.CounterVec
	success prometheus.Gauge
}

func newMeasures(reg prometheus.Registerer) (*measures, error) {
	m := &measures{
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: "onekeyd", Name: "canary_seconds", Help: "From the self-test key being pressed to the end of each leg of its way.",
			NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: 160,
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60},
		}, []string{"leg"}),
		missed: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: "onekeyd", Name: "canary_missed_total", Help: "Self-test presses that did not pass a leg of their way in time.",
		}, []string{"leg"}),
		success: prometheus.NewGauge(prometheus.GaugeOpts{
			Namespace: "onekeyd", Name: "canary_last_success_timestamp_seconds", Help: "When a self-test press last went its whole way; 0: not since the start.",
		}),
	}
	for _, l := range legs() { // there from the start, so that a rule finds them before the first press
		m.took.WithLabelValues(string(l))
		m.missed.WithLabelValues(string(l))
	}
	for _, c := range []prometheus.Collector{m.took, m.missed, m.success} {
		if err := reg.Register(c); err != nil {
			return nil, fmt.Errorf("register metrics of the canary: %w", err)
		}
	}
	return m, nil
}
