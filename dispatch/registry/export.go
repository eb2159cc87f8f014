package registry

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"onekeyd/dispatch"
	"onekeyd/geo"
)

// Export writes the files of an import into a folder, such that loading them
// gives an equal batch. Files of kinds the batch does not hold are not written.
func (b *Batch) Export(dir string) error {
	for _, kind := range Kinds() {
		if !b.Holds(kind) {
			continue
		}
		name := filepath.Join(dir, kind.file())
		if err := b.exportFile(name, kind); err != nil {
			return fmt.Errorf("export %s: %w", name, err)
		}
	}
	return nil
}

func (b *Batch) exportFile(name string, kind Kind) (err error) {
	// Names, addresses and health of people: for the owner only.
	f, err := os.OpenFile(name, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if e := f.Close(); err == nil {
			err = e
		}
	}()
	return b.Write(f, kind)
}

// Write writes the file of one kind.
func (b *Batch) Write(to io.Writer, kind Kind) error {
	if kind == Areas {
		return b.writeAreas(to)
	}
	columns := columnsOf(kind)
	out := csv.NewWriter(to)
	fields := make([]string, len(columns))
	for i, c := range columns {
		fields[i] = c.name
	}
	if err := out.Write(fields); err != nil {
		return err
	}
	for k, v := range b.records(kind) {
		r := rowOf(keyOf(kind, k), v.record)
		if err := out.Write(r[:len(columns)]); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// rowOf is the inverse of rowParser: the fields of a record as a file has them.
func rowOf(key Key, record []byte) row {
	in := readRecord(record)
	switch key.Kind {
	case Elders:
		return elderRow(in.elder(key.ID))
	case Contacts:
		return contactRow(in.contact(key))
	case Devices:
		return deviceRow(in.device(key.ID))
	case Providers:
		return providerRow(in.responder(key.ID))
	default:
		return responderRow(in.responder(key.ID))
	}
}

func degreesText(d float64) string { return strconv.FormatFloat(d, 'f', -1, 64) }

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

func elderRow(e dispatch.Elder) row {
	r := row{
		elderID: string(e.ID), elderName: e.Name, elderSex: e.Sex, elderPhone: e.Phone,
		elderAddress: e.Premises.Address, elderArea: e.Premises.Area,
		elderLat: degreesText(e.Premises.Point.Lat), elderLon: degreesText(e.Premises.Point.Lon), elderDatum: string(geo.WGS84),
		elderFloor: e.Premises.Floor, elderLivingAlone: yesNo(e.LivingAlone), elderLanguage: e.Language,
		elderHints: e.Hints, elderMedical: e.Medical, elderAccessNote: e.Premises.AccessNote,
	}
	if e.BirthYear != 0 {
		r[elderBirthYear] = strconv.Itoa(e.BirthYear)
	}
	return r
}

func contactRow(c dispatch.Contact) row {
	return row{
		contactElder: string(c.Elder), contactRank: strconv.Itoa(c.Rank), contactName: c.Name,
		contactRelation: c.Relation, contactPhone: c.Phone, contactLanguage: c.Language,
	}
}

func deviceRow(d dispatch.Device) row {
	return row{deviceID: string(d.ID), deviceElder: string(d.Elder), deviceProtocol: d.Protocol, devicePhone: d.Phone, deviceModel: d.Model}
}

func responderRow(o dispatch.Responder) row {
	return row{
		responderID: string(o.ID), responderName: o.Name, responderKind: string(o.Kind), responderPhone: o.Phone,
		responderLat: degreesText(o.Base.Lat), responderLon: degreesText(o.Base.Lon), responderDatum: string(geo.WGS84),
		responderAreas: strings.Join(o.Areas, ";"), responderLanguage: o.Language,
		responderOnDuty: yesNo(o.OnDuty), responderOrganisation: o.Organisation,
	}
}

func providerRow(o dispatch.Responder) row {
	return row{
		providerID: string(o.ID), providerName: o.Name, providerCategories: strings.Join(o.Categories, ";"), providerPhone: o.Phone,
		providerLat: degreesText(o.Base.Lat), providerLon: degreesText(o.Base.Lon), providerDatum: string(geo.WGS84),
		providerAreas: strings.Join(o.Areas, ";"), providerLanguage: o.Language,
		providerOnDuty: yesNo(o.OnDuty), providerOrganisation: o.Organisation,
	}
}

func (b *Batch) writeAreas(to io.Writer) error {
	if _, err := io.WriteString(to, `{"type":"FeatureCollection","features":[`); err != nil {
		return err
	}
	separator := "\n"
	for k, v := range b.records(Areas) {
		in := readRecord(v.record)
		a := in.area(string(k))
		feature, err := json.Marshal(map[string]any{
			"type":       "Feature",
			"properties": map[string]string{"code": a.Code, "name": a.Name, "level": string(a.Level), "parent": a.Parent},
			"geometry":   geometryOf(a.Polygon),
		})
		if err != nil {
			return err
		}
		if _, err := io.WriteString(to, separator+string(feature)); err != nil {
			return err
		}
		separator = ",\n"
	}
	_, err := io.WriteString(to, "\n]}\n")
	return err
}

// geometryOf gives GeoJSON (RFC 7946 section 3.1.7), or nil for no polygon.
func geometryOf(m geo.MultiPolygon) any {
	if len(m) == 0 {
		return nil
	}
	all := make([][][][2]float64, len(m))
	for i, polygon := range m {
		all[i] = make([][][2]float64, len(polygon))
		for j, ring := range polygon {
			for _, p := range ring {
				all[i][j] = append(all[i][j], [2]float64{p.Lon, p.Lat})
			}
		}
	}
	return map[string]any{"type": "MultiPolygon", "coordinates": all}
}
