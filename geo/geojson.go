package geo

import (
	"encoding/json"
	"fmt"
)

// ParseGeoJSONGeometry reads a GeoJSON geometry (RFC 7946) of type Polygon or
// MultiPolygon. Positions are longitude, latitude and, ignored, altitude. Other
// types, empty coordinates and all that [MultiPolygon.Valid] refuses are
// errors that wrap [ErrInvalidPolygon] or come from encoding/json.
func ParseGeoJSONGeometry(raw []byte) (MultiPolygon, error) {
	var geometry struct {
		Type        string          `json:"type"`
		Coordinates json.RawMessage `json:"coordinates"`
	}
	if err := json.Unmarshal(raw, &geometry); err != nil {
		return nil, fmt.Errorf("read geometry: %w", err)
	}
	var polygons [][][]position
	switch geometry.Type {
	case "Polygon":
		polygons = make([][][]position, 1)
		if err := coordinates(geometry.Coordinates, &polygons[0]); err != nil {
			return nil, err
		}
	case "MultiPolygon":
		if err := coordinates(geometry.Coordinates, &polygons); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("geometry type %q, want Polygon or MultiPolygon: %w", geometry.Type, ErrInvalidPolygon)
	}
	if len(polygons) == 0 {
		return nil, fmt.Errorf("geometry has no polygon: %w", ErrInvalidPolygon)
	}
	shape := make(MultiPolygon, len(polygons))
	for i, rings := range polygons {
		shape[i] = make(Polygon, len(rings))
		for j, positions := range rings {
			ring := make(Ring, len(positions))
			for k, p := range positions {
				ring[k] = Point(p)
			}
			shape[i][j] = ring
		}
	}
	if err := shape.Valid(); err != nil {
		return nil, err
	}
	return shape, nil
}

func coordinates(raw json.RawMessage, into any) error {
	if len(raw) == 0 {
		return fmt.Errorf("geometry has no coordinates: %w", ErrInvalidPolygon)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("read coordinates: %w", err)
	}
	return nil
}

// position is a point written as an array.
type position Point

// UnmarshalJSON refuses what encoding/json would read as zeros: null, in the
// place of a number too, and an array that is too short.
func (p *position) UnmarshalJSON(raw []byte) error {
	var numbers []*float64
	if err := json.Unmarshal(raw, &numbers); err != nil {
		return err
	}
	if len(numbers) < 2 {
		return fmt.Errorf("position %s has no two numbers: %w", raw, ErrInvalidPolygon)
	}
	for _, n := range numbers {
		if n == nil {
			return fmt.Errorf("position %s holds null: %w", raw, ErrInvalidPolygon)
		}
	}
	*p = position{Lon: *numbers[0], Lat: *numbers[1]}
	return nil
}
