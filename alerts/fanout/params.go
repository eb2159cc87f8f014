package fanout

import (
	"strconv"
	"strings"
	"time"

	"onekeyd/dispatch"
)

// params fills the variables of the text table from an incident and what the
// alert says beside it. Operational hints only: an SMS lies open on a lock
// screen, so nothing of the elder's health is among them (ALERTS section 4).
func params(inc *dispatch.Incident, a dispatch.Alert, o Options) map[string]string {
	p := map[string]string{
		"code": inc.Code,
		"name": inc.Name,
		"hint": inc.Hints,
		"time": inc.RaisedAt.In(o.Zone).Format("15:04"),
		"sex":  sex(inc.Sex, a.Language),
	}
	if inc.Age > 0 {
		p["age"] = strconv.Itoa(inc.Age)
	}
	if inc.Premises != nil {
		p["addr"] = inc.Premises.Address
	}
	if inc.Kind == dispatch.AreaStorm {
		p["area"], p["n"] = inc.Name, strconv.Itoa(len(inc.Members))
	}
	if a.Args.Responder != "" {
		p["resp"] = a.Args.Responder
	}
	if a.Args.Minutes > 0 {
		p["min"] = strconv.Itoa(a.Args.Minutes)
	}
	if a.Args.When != 0 {
		p["when"] = time.Unix(a.Args.When, 0).In(o.Zone).Format("15:04")
	}
	if o.CentrePhone != "" {
		p["tel"] = o.CentrePhone
	}
	if o.Link != nil && linked(a) {
		p["link"] = o.Link(inc, a)
	}
	return p
}

// linked reports whether a text to this number may have a link: carriers of
// mainland China filter texts that do, and in the first message it would cost
// the words that call somebody to the door a second SMS.
func linked(a dispatch.Alert) bool {
	return !strings.HasPrefix(a.Phone, "+86") && !strings.HasPrefix(a.Kind, "responder_alert") && !strings.HasPrefix(a.Kind, "family_alert")
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
