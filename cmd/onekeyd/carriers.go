package main

import (
	"onekeyd/dispatch"
)

// byRef finds the alert that a carrier has under its own id, among those of open
// incidents: receipts come for a few minutes, so what is closed is told.
func (d *daemon) byRef(carrier, ref string) (dispatch.AlertID, *dispatch.Incident, bool) {
	if ref == "" {
		return "", nil, false
	}
	for _, inc := range d.board.Open() {
		for _, a := range inc.Alerts {
			if a.Ref == ref && a.Carrier == carrier {
				return a.ID, inc, true
			}
		}
	}
	return "", nil, false
}
