package dispatchtest

import (
	"iter"
	"slices"

	"onekeyd/dispatch"
	"onekeyd/geo"
)

// Directory is a directory of a few people, as a test writes them down.
type Directory struct {
	Keys    []dispatch.Device
	People  []dispatch.Elder
	Family  []dispatch.Contact // in order of rank
	Helpers []dispatch.Responder
	Grid    *geo.Areas // nil: no areas
	Number  uint64     // the version
}

// Device implements [dispatch.Directory].
func (d Directory) Device(id dispatch.DeviceID) (dispatch.Device, bool) {
	return find(d.Keys, func(k dispatch.Device) bool { return k.ID == id })
}

// Elder implements [dispatch.Directory].
func (d Directory) Elder(id dispatch.ElderID) (dispatch.Elder, bool) {
	return find(d.People, func(e dispatch.Elder) bool { return e.ID == id })
}

// Contacts implements [dispatch.Directory].
func (d Directory) Contacts(id dispatch.ElderID) []dispatch.Contact {
	return slices.DeleteFunc(slices.Clone(d.Family), func(c dispatch.Contact) bool { return c.Elder != id })
}

// Responder implements [dispatch.Directory].
func (d Directory) Responder(id dispatch.ResponderID) (dispatch.Responder, bool) {
	return find(d.Helpers, func(r dispatch.Responder) bool { return r.ID == id })
}

// Serving implements [dispatch.Directory].
func (d Directory) Serving(area string) []dispatch.ResponderID {
	var out []dispatch.ResponderID
	for _, r := range d.Helpers {
		if slices.Contains(r.Areas, area) {
			out = append(out, r.ID)
		}
	}
	slices.Sort(out)
	return out
}

// Areas implements [dispatch.Directory].
func (d Directory) Areas() *geo.Areas {
	if d.Grid == nil {
		none, _ := geo.NewAreas(nil)
		return none
	}
	return d.Grid
}

// Version implements [dispatch.Directory].
func (d Directory) Version() uint64 { return d.Number }

// Responders is everybody who may be sent, as [dispatch.Places] loads them.
func (d Directory) Responders() iter.Seq[dispatch.Responder] { return slices.Values(d.Helpers) }

// Elders is everybody who is registered.
func (d Directory) Elders() iter.Seq[dispatch.Elder] { return slices.Values(d.People) }

// Devices is every key.
func (d Directory) Devices() iter.Seq[dispatch.Device] { return slices.Values(d.Keys) }

func find[T any](all []T, is func(T) bool) (T, bool) {
	if n := slices.IndexFunc(all, is); n >= 0 {
		return all[n], true
	}
	var none T
	return none, false
}
