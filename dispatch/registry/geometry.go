package registry

import (
	"encoding/json"
	"fmt"

	"onekeyd/geo"
)

func parseGeometry(raw json.RawMessage) (geo.MultiPolygon, error) {
	var g struct {
		Type        string
		Coordinates json.RawMessage
	}
	if err := json.Unmarshal(raw, &g); err != nil {
		return nil, fmt.Errorf("is not a GeoJSON geometry")
	}
	var many [][][][]float64
	switch g.Type {
	case "Polygon":
		var one [][][]float64
		if err := json.Unmarshal(g.Coordinates, &one); err != nil {
			return nil, fmt.Errorf("has no coordinates of a polygon")
		}
		many = [][][][]float64{one}
	case "MultiPolygon":
		if err := json.Unmarshal(g.Coordinates, &many); err != nil {
			return nil, fmt.Errorf("has no coordinates of a polygon")
		}
	default:
		return nil, fmt.Errorf("is a %q, a Polygon or MultiPolygon is needed", shown(g.Type))
	}
	var m geo.MultiPolygon
	for _, polygon := range many {
		var p geo.Polygon
		for _, ring := range polygon {
			var r geo.Ring
			for _, at := range ring {
				if len(at) < 2 {
					return nil, fmt.Errorf("has a position without two numbers")
				}
				r = append(r, geo.Point{Lat: at[1], Lon: at[0]})
			}
			p = append(p, r)
		}
		m = append(m, p)
	}
	return m, nil
}
