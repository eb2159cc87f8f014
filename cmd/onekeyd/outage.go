package main

import (
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"onekeyd/alerts/fanout"
)

// carriersOut names the carriers that take no alerts now, since when and why.
func (d *daemon) carriersOut() []string {
	var out []string
	for _, c := range d.fanout.Carriers() {
		if c.Open {
			out = append(out, fmt.Sprintf("carrier %s (%s) is out since %s: %s", c.Name, c.Media, c.Since.In(zone(d.cfg.Centre.TimeZone)).Format(time.TimeOnly), c.Why))
		}
	}
	return out
}

// carrierGauges are 1 for each carrier that takes no alerts now.
func carrierGauges(f *fanout.Fanout) []prometheus.Collector {
	var out []prometheus.Collector
	for n, c := range f.Carriers() {
		out = append(out, prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Namespace: "onekeyd", Name: "carrier_out", Help: "1 while a carrier takes no alerts, so that they go to another if there is one.",
			ConstLabels: prometheus.Labels{"carrier": c.Name, "channel": string(c.Media)},
		}, func() float64 {
			if f.Carriers()[n].Open {
				return 1
			}
			return 0
		}))
	}
	return out
}
