package fanout

import (
	"strconv"
	"strings"
	"time"

	"onekeyd/dispatch"
)

// params fills the variables of the text table from an incident. Operational
// hints only: an SMS lies open on a lock screen, so nothing of the elder's
// health is among them (ALERTS section 4).
func params(inc *dispatch.Incident, a dispatch.Alert, zone *time.Location) map[string]string {
	p := map[string]string{
		"code": inc.Code,
		"name": inc.Name,
		"hint": inc.Hints,
		"time": inc.RaisedAt.In(zone).Format("15:04"),
		"sex":  sex(inc.Sex, a.Language),
	}
	if inc.Age > 0 {
		p["age"] = strconv.Itoa(inc.Age)
	}
	if inc.Premises != nil {
		p["addr"] = inc.Premises.Address
	}
	return p
}

func sex(s, language string) string {
	english := strings.HasPrefix(language, "en")
	switch {
	case s == "f" && english:
		return "F"
	case s == "m" && english:
		return "M"
	case s == "f":
		return "女"
	case s == "m":
		return "男"
	}
	return ""
}
