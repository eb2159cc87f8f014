package registry

import (
	"bytes"
	"fmt"
	"strconv"

	"onekeyd/dispatch"
)

// Kind is one of the six kinds of record. The numbers are in the log: never
// renumber.
type Kind byte

// The kinds, in an order in which each refers only to itself and earlier ones.
const (
	Areas      Kind = 0
	Elders     Kind = 1
	Contacts   Kind = 2
	Devices    Kind = 3
	Responders Kind = 4
	Providers  Kind = 5 // responders whose kind is dispatch.Provider: they have a file, and are pruned, by themselves

	kindCount = 6
)

// Kinds lists every kind.
func Kinds() []Kind { return []Kind{Areas, Elders, Contacts, Devices, Responders, Providers} }

// String is the word of paths and reports: areas, elders, contacts, devices, responders, providers.
func (k Kind) String() string {
	return [...]string{"areas", "elders", "contacts", "devices", "responders", "providers"}[k]
}

func (k Kind) file() string {
	if k == Areas {
		return "areas.geojson"
	}
	return k.String() + ".csv"
}

// Key names one record. Rank is 0 but for contacts, whose ID is their elder's.
type Key struct {
	Kind Kind
	ID   string
	Rank int
}

// String reads like a path: elders/E-1, contacts/E-1/2.
func (k Key) String() string {
	if k.Kind == Contacts {
		return fmt.Sprintf("%s/%s/%d", k.Kind, k.ID, k.Rank)
	}
	return fmt.Sprintf("%s/%s", k.Kind, k.ID)
}

// MarshalText makes a key its String in JSON.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// AreaKey names an area.
func AreaKey(code string) Key { return Key{Kind: Areas, ID: code} }

// ElderKey names an elder.
func ElderKey(id dispatch.ElderID) Key { return Key{Kind: Elders, ID: string(id)} }

// ContactKey names the contact of this rank of an elder.
func ContactKey(id dispatch.ElderID, rank int) Key { return Key{Contacts, string(id), rank} }

// DeviceKey names a device.
func DeviceKey(id dispatch.DeviceID) Key { return Key{Kind: Devices, ID: string(id)} }

// ResponderKey names a responder who is no provider.
func ResponderKey(id dispatch.ResponderID) Key { return Key{Kind: Responders, ID: string(id)} }

// ProviderKey names a provider. No responder has the same identifier.
func ProviderKey(id dispatch.ResponderID) Key { return Key{Kind: Providers, ID: string(id)} }

// keyFor names a responder of either sort.
func keyFor(r dispatch.Responder) Key {
	if r.Kind == dispatch.Provider {
		return ProviderKey(r.ID)
	}
	return ResponderKey(r.ID)
}

// stored is the key within the table of its kind. No identifier holds '#'.
func (k Key) stored() []byte { return k.append(make([]byte, 0, len(k.ID)+4)) }

func (k Key) append(b []byte) []byte {
	b = append(b, k.ID...)
	if k.Kind == Contacts {
		b = append(b, '#')
		b = strconv.AppendInt(b, int64(k.Rank), 10)
	}
	return b
}

// keyOf reads what stored wrote.
func keyOf(kind Kind, stored []byte) Key {
	if kind != Contacts {
		return Key{Kind: kind, ID: string(stored)}
	}
	i := bytes.IndexByte(stored, '#')
	if i < 0 {
		return Key{Kind: kind, ID: string(stored)}
	}
	rank, _ := strconv.Atoi(string(stored[i+1:]))
	return Key{Kind: kind, ID: string(stored[:i]), Rank: rank}
}
