package dispatch

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"onekeyd/geo"
)

// Whatever of the domain is logged by itself must not tell who it is about.
func TestPersonalDataStaysOutOfTheLog(t *testing.T) {
	home := Premises{Address: "幸福里3号楼2单元401", Point: geo.Point{Lat: 37.591234, Lon: 118.551234}, AccessNote: "钥匙在701"}
	secret := []string{"王秀兰", "张敏", "幸福里", "钥匙", "青霉素", "37.591234", "118.551234", "5251110001"}
	inc := fold(t, raised())
	inc.Name, inc.Premises = "王秀兰", &home
	for name, v := range map[string]any{
		"elder":     Elder{ID: "E-1", Name: "王秀兰", Phone: "+85251110001", Premises: home, Medical: "青霉素过敏"},
		"contact":   Contact{Elder: "E-1", Rank: 1, Name: "王秀兰", Phone: "+85251110001"},
		"responder": Responder{ID: "R-1", Name: "张敏", Phone: "+85251110001", Base: home.Point},
		"press":     Press{ID: "1", Device: "D-1", Kind: SOS, Position: &home.Point},
		"alert":     Alert{ID: "a", To: "R-1", Name: "张敏", Phone: "+85251110001"},
		"incident":  inc,
	} {
		var log bytes.Buffer
		noTime := func(_ []string, a slog.Attr) slog.Attr { // a clock has digits of its own
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}
		slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{ReplaceAttr: noTime})).Info("x", name, v)
		for _, s := range secret {
			if strings.Contains(log.String(), s) {
				t.Errorf("a logged %s shows %q: %s", name, s, log.String())
			}
		}
		if !strings.Contains(log.String(), "-1") && name != "alert" && name != "incident" {
			t.Errorf("a logged %s cannot be told from another: %s", name, log.String())
		}
	}
}
