package registry_test

import (
	"encoding/json"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"onekeyd/dispatch/registry"
	"onekeyd/geo"
)

type caller struct {
	t *testing.T
	h http.Handler
}

func (c caller) do(method, path, body string, headers ...string) (int, map[string]any, http.Header) {
	c.t.Helper()
	q := httptest.NewRequest(method, "/v1/directory/"+path, strings.NewReader(body))
	for i := 0; i+1 < len(headers); i += 2 {
		q.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	c.h.ServeHTTP(w, q)
	var answer map[string]any
	if w.Body.Len() > 0 && w.Body.Bytes()[0] == '{' {
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
			c.t.Fatalf("%s %s: %v in %s", method, path, err, w.Body)
		}
	}
	return w.Code, answer, w.Header()
}

func (c caller) want(status int, answer map[string]any, method, path, body string, headers ...string) {
	c.t.Helper()
	got, gotAnswer, _ := c.do(method, path, body, headers...)
	if diff := cmp.Diff(answer, gotAnswer); got != status || diff != "" {
		c.t.Errorf("%s %s %s: %d, want %d: %s", method, path, body, got, status, diff)
	}
}

type object = map[string]any

func TestRecordsOverHTTP(t *testing.T) {
	js, _ := startServer(t, t.TempDir())
	r := open(t, js)
	importAll(t, r, village(), registry.Options{})
	c := caller{t, r.Handler(registry.HandlerOptions{Who: func(*http.Request) string { return "anna" }})}

	device := object{"id": "D-7", "elder_id": "E-1", "model": "K2"}
	c.want(404, object{"error": "there is no devices/D-7"}, "GET", "devices/D-7", "")
	c.want(201, device, "PUT", "devices/D-7", `{"elder_id":"E-1","model":"K2"}`)
	c.want(200, device, "PUT", "devices/D-7", `{"id":"D-7","elder_id":"E-1","model":"K2"}`)
	c.want(200, device, "GET", "devices/D-7", "")
	c.want(204, nil, "DELETE", "devices/D-7", "")
	c.want(404, object{"error": "no such record"}, "DELETE", "devices/D-7", "")

	c.want(200, object{
		"id": "E-1", "name": "王秀英", "sex": "f", "birth_year": 1941.0, "phone": "+8613812345678", "address": "海棠社区3号楼2单元501",
		"area": "G1", "lat": 37.59, "lon": 118.55, "datum": "wgs84", "floor": "5", "living_alone": true, "language": "zh",
		"hints": "听力不好", "access_note": "备用钥匙在物业",
	}, "GET", "elders/E-1", "")
	at, err := geo.GCJ02.ToWGS84(geo.Point{Lat: 37.59, Lon: 118.55})
	if err != nil {
		t.Fatal(err)
	}
	at = geo.Point{Lat: math.Round(at.Lat*1e7) / 1e7, Lon: math.Round(at.Lon*1e7) / 1e7} // as it is stored
	// The coordinate is shifted back, out of the grid, the number completed, the area found, and what could not be read is kept.
	c.want(200, object{
		"id": "E-1", "name": "王秀英", "phone": "+8613800000000", "address": "a", "area": "C1",
		"lat": at.Lat, "lon": at.Lon, "datum": "wgs84", "living_alone": false,
	}, "PUT", "elders/E-1", `{"name":"王秀英","phone":"138 0000 0000","address":"a","lat":37.59,"lon":118.55,"datum":"gcj02"}`)
	if e, _ := r.Snapshot().Elder("E-1"); e.Medical != "高血压" {
		t.Errorf("medical became %q", e.Medical)
	}
	medical := caller{t, r.Handler(registry.HandlerOptions{Medical: true})}
	if _, answer, _ := medical.do("GET", "elders/E-1", ""); answer["medical"] != "高血压" {
		t.Errorf("medical is not shown: %v", answer)
	}

	contact := object{"elder_id": "E-1", "rank": 3.0, "name": "王明", "phone": "+8613900000009"}
	c.want(201, contact, "PUT", "elders/E-1/contacts/3", `{"name":"王明","phone":"13900000009"}`)
	c.want(200, contact, "GET", "elders/E-1/contacts/3", "")
	c.want(404, object{"error": "is not a whole number from 1 to 99", "field": "rank"}, "GET", "elders/E-1/contacts/03", "")
	if status, _, _ := c.do("GET", "elders/E-1/contacts", ""); status != 200 {
		t.Errorf("contacts: %d", status)
	}

	c.want(200, object{
		"id": "R-1", "name": "赵", "kind": "worker", "phone": "+8613900000002", "lat": 37.59, "lon": 118.55, "datum": "wgs84",
		"areas": []any{"G1", "S1"}, "on_duty": false,
	}, "PUT", "responders/R-1", `{"name":"赵","kind":"worker","phone":"13900000002","lat":37.59,"lon":118.55,"datum":"wgs84","areas":["G1","S1"],"on_duty":false}`)

	c.want(201, object{"code": "B1", "name": "1号楼", "level": "building", "parent": "G1"}, "PUT", "areas/B1", `{"name":"1号楼","level":"building","parent":"G1"}`)
	if _, ok := r.Snapshot().Areas().Get("B1"); !ok {
		t.Error("the new area is not in the hierarchy")
	}
	status, area, _ := c.do("GET", "areas/G1", "")
	text, _ := json.Marshal(area)
	if again, same, _ := c.do("PUT", "areas/G1", string(text)); status != 200 || again != 200 || !cmp.Equal(area, same) {
		t.Errorf("an area put back as it was: %d %v", again, same)
	}
}

func TestRefusalsOverHTTP(t *testing.T) {
	js, _ := startServer(t, t.TempDir())
	r := open(t, js)
	importAll(t, r, village(), registry.Options{})
	before := r.Snapshot()
	c := caller{t, r.Handler(registry.HandlerOptions{})}
	for _, x := range []struct {
		status             int
		why, field         string
		method, path, body string
	}{
		{400, "the body is not a JSON object", "", "PUT", "devices/D-1", `[]`},
		{400, "the body is not a JSON object", "", "PUT", "devices/D-1", `{"model":"x"} {}`},
		{400, "is there twice", "model", "PUT", "devices/D-1", `{"model":"x","model":"y"}`},
		{400, "is not a field of this record; known are id, elder_id, protocol, phone, model", "colour", "PUT", "devices/D-1", `{"colour":"red"}`},
		{400, "is neither text nor a number", "model", "PUT", "devices/D-1", `{"model":{}}`},
		{400, "is not the one in the path", "id", "PUT", "devices/D-1", `{"id":"D-2"}`},
		{400, `elder "E-9" is neither in the files nor in the directory`, "elder_id", "PUT", "devices/D-1", `{"elder_id":"E-9"}`},
		{400, "holds '.'; letters, digits and - _ : @ = are allowed", "id", "PUT", "devices/D.1", `{}`},
		{400, "is empty", "datum", "PUT", "elders/E-1", `{"name":"a","address":"b","lat":37.59,"lon":118.55}`},
		{400, "118.55,37.59 is not on the earth; lat and lon look swapped", "lat", "PUT", "elders/E-1", `{"name":"a","address":"b","lat":118.55,"lon":37.59,"datum":"wgs84"}`},
		{400, "is not the one in the path", "rank", "PUT", "elders/E-1/contacts/1", `{"rank":2,"name":"a","phone":"13900000001"}`},
		{400, `there is no area "S9"`, "parent", "PUT", "areas/C1", `{"name":"a","level":"community","parent":"S9"}`},
		{409, `refers to what would be removed: elder "E-2" is neither in the files nor in the directory`, "elder_id", "DELETE", "elders/E-2", ""},
		{409, `refers to what would be removed: area "G1" is neither in the files nor in the directory`, "area", "DELETE", "areas/G1", ""},
		{413, "the body is larger than 2 MiB", "", "PUT", "devices/D-1", `{"model":"` + strings.Repeat("x", 2<<20) + `"}`},
		{404, "there are elders, devices, responders, providers and areas", "", "GET", "contacts/E-1", ""},
		{404, "there is no such path", "", "GET", "elders", ""},
		{405, "GET, PUT or DELETE is meant for a record", "", "PATCH", "elders/E-1", ""},
	} {
		status, answer, _ := c.do(x.method, x.path, x.body)
		field, _ := answer["field"].(string)
		if status != x.status || answer["error"] != x.why || field != x.field {
			t.Errorf("%s %s %.80s: %d %v", x.method, x.path, x.body, status, answer)
		}
	}
	if r.Snapshot() != before {
		t.Error("a refused request changed something")
	}
}

func TestPreconditionsOverHTTP(t *testing.T) {
	js, _ := startServer(t, t.TempDir())
	r := open(t, js)
	importAll(t, r, village(), registry.Options{})
	c := caller{t, r.Handler(registry.HandlerOptions{})}
	_, _, headers := c.do("GET", "devices/D-3", "")
	tag := headers.Get("ETag")
	if status, _, now := c.do("PUT", "devices/D-3", `{"model":"K9"}`, "If-Match", tag); status != 200 || now.Get("ETag") == tag {
		t.Errorf("with the right tag: %d, tag %s", status, now.Get("ETag"))
	}
	refused := object{"error": "the record is not the one that was named"}
	c.want(412, refused, "PUT", "devices/D-3", `{"model":"K8"}`, "If-Match", tag)
	c.want(412, refused, "DELETE", "devices/D-3", "", "If-Match", tag)
	c.want(412, refused, "PUT", "devices/D-3", `{}`, "If-None-Match", "*")
	c.want(412, refused, "PUT", "devices/D-4", `{}`, "If-Match", "*")
	c.want(201, object{"id": "D-4"}, "PUT", "devices/D-4", `{}`, "If-None-Match", "*")
}
