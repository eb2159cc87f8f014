package devices_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"onekeyd/devices"
	"onekeyd/dispatch"
)

// storeFunc is a store that does what a test says.
type storeFunc func(ctx context.Context, p dispatch.Press) (devices.Stored, error)

func (f storeFunc) PublishPress(ctx context.Context, p dispatch.Press) (devices.Stored, error) {
	return f(ctx, p)
}

func at(sec int) time.Time { return time.Date(2026, 11, 21, 14, 32, sec, 0, time.UTC) }

func press(device dispatch.DeviceID, kind dispatch.Kind) dispatch.Press {
	return dispatch.Press{Device: device, Kind: kind, Received: time.Now()}
}

func good(context.Context, dispatch.Press) (devices.Stored, error) {
	return devices.Stored{At: at(0)}, nil
}

// hang is a store whose disk does not answer.
func hang(ctx context.Context, _ dispatch.Press) (devices.Stored, error) {
	<-ctx.Done()
	return devices.Stored{}, ctx.Err()
}

var via = devices.Via{Protocol: "test", Source: "192.0.2.1", MayThrottle: true}

func TestTakeStoresBeforeItAnswers(t *testing.T) {
	var stored []dispatch.Press
	var counted []devices.Outcome
	in := devices.NewIntake(storeFunc(func(_ context.Context, p dispatch.Press) (devices.Stored, error) {
		stored = append(stored, p)
		return devices.Stored{At: at(1), Duplicate: len(stored) > 1}, nil
	}), devices.IntakeOptions{Meter: func(protocol string, o devices.Outcome, took time.Duration) {
		counted = append(counted, o)
		if protocol != "test" || took < 0 {
			t.Errorf("counted protocol %q, %v", protocol, took)
		}
	}})
	p := press("D-1", dispatch.SOS)
	first, err := in.Take(t.Context(), via, p)
	if err != nil {
		t.Fatal(err)
	}
	if len(stored) != 1 || stored[0].ID == "" || stored[0].ID != first.Press || !first.At.Equal(at(1)) {
		t.Fatalf("stored %v, receipt %v", stored, first)
	}
	p.ID = first.Press
	again, err := in.Take(t.Context(), via, p)
	if err != nil || again.Press != first.Press || !again.Duplicate {
		t.Fatalf("retransmission: %v, %v", again, err)
	}
	if fmt.Sprint(counted) != "[stored duplicate]" {
		t.Fatalf("counted %v", counted)
	}
}

func TestTakeGivesUpInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := devices.NewIntake(storeFunc(hang), devices.IntakeOptions{})
		start := time.Now()
		_, err := in.Take(t.Context(), via, press("D-1", dispatch.SOS))
		if !errors.Is(err, devices.ErrNotStored) || !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("error %v", err)
		}
		if took := time.Since(start); took != devices.DefaultWait {
			t.Fatalf("took %v", took)
		}
	})
}

func TestTakeOutlivesItsCaller(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	in := devices.NewIntake(storeFunc(func(ctx context.Context, _ dispatch.Press) (devices.Stored, error) {
		return devices.Stored{At: at(0)}, ctx.Err()
	}), devices.IntakeOptions{})
	if _, err := in.Take(ctx, via, press("D-1", dispatch.SOS)); err != nil {
		t.Fatalf("a device that hung up lost its press: %v", err)
	}
}

// A key that sticks, or a client that means harm, has its own queue only.
func TestOneDeviceHoldsUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var atOnce, most int
		var mu sync.Mutex
		in := devices.NewIntake(storeFunc(func(ctx context.Context, p dispatch.Press) (devices.Stored, error) {
			if p.Device == "D-2" {
				return good(ctx, p)
			}
			mu.Lock()
			atOnce++
			most = max(most, atOnce)
			mu.Unlock()
			<-ctx.Done()
			mu.Lock()
			atOnce--
			mu.Unlock()
			return devices.Stored{}, ctx.Err()
		}), devices.IntakeOptions{Limits: devices.Limits{PerDevice: 8, Storing: 2}})
		var busy, unstored int
		for range 20 {
			go func() {
				_, err := in.Take(t.Context(), via, press("D-1", dispatch.SOS))
				mu.Lock()
				defer mu.Unlock()
				switch {
				case errors.Is(err, devices.ErrBusy):
					busy++
				case errors.Is(err, devices.ErrNotStored):
					unstored++
				}
			}()
		}
		synctest.Wait()
		if _, err := in.Take(t.Context(), via, press("D-2", dispatch.SOS)); err != nil {
			t.Errorf("the other device: %v", err)
		}
		mu.Lock()
		if most != 2 || busy != 12 {
			t.Errorf("%d of D-1 with the store at once, %d refused at once; want 2 and 12", most, busy)
		}
		mu.Unlock()
		time.Sleep(devices.DefaultWait)
		synctest.Wait()
		if busy+unstored != 20 {
			t.Errorf("%d busy, %d not stored of 20: somebody waits for ever", busy, unstored)
		}
		if _, err := in.Take(t.Context(), via, press("D-2", dispatch.SOS)); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}

func TestOneSourceLeavesRoomForOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := devices.NewIntake(storeFunc(hang), devices.IntakeOptions{Limits: devices.Limits{Total: 3, PerSource: 2}})
		try := func(device, source string) chan error {
			got := make(chan error, 1)
			go func() {
				_, err := in.Take(t.Context(), devices.Via{Protocol: "test", Source: source}, press(dispatch.DeviceID(device), dispatch.SOS))
				got <- err
			}()
			synctest.Wait()
			return got
		}
		waits := []chan error{try("D-1", "a"), try("D-2", "a")}
		if err := <-try("D-3", "a"); !errors.Is(err, devices.ErrBusy) {
			t.Errorf("third from one source: %v", err)
		}
		waits = append(waits, try("D-4", "b"))
		if err := <-try("D-5", "c"); !errors.Is(err, devices.ErrBusy) {
			t.Errorf("fourth of all: %v", err)
		}
		for i, w := range waits {
			if err := <-w; !errors.Is(err, devices.ErrNotStored) {
				t.Errorf("waiting press %d: %v", i, err)
			}
		}
	})
}

func TestRedIsNeverThrottled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := devices.NewIntake(storeFunc(good), devices.IntakeOptions{Limits: devices.Limits{Burst: 3}})
		take := func(kind dispatch.Kind, v devices.Via) error {
			_, err := in.Take(t.Context(), v, press("D-1", kind))
			return err
		}
		for i := range 3 {
			if err := take(dispatch.Service, via); err != nil {
				t.Fatalf("press %d of the burst: %v", i, err)
			}
		}
		if err := take(dispatch.Service, via); !errors.Is(err, devices.ErrThrottled) {
			t.Fatalf("after the burst: %v", err)
		}
		for _, kind := range []dispatch.Kind{dispatch.SOS, dispatch.Fall} {
			for range 100 {
				if err := take(kind, via); err != nil {
					t.Fatalf("%s after the burst: %v", kind, err)
				}
			}
		}
		if err := take(dispatch.Service, devices.Via{Protocol: "test"}); err != nil {
			t.Fatalf("a protocol without a word for it: %v", err)
		}
		time.Sleep(2 * time.Second)
		if err := take(dispatch.Service, via); err != nil {
			t.Fatalf("two seconds later: %v", err)
		}
	})
}

func TestPressIDsDiffer(t *testing.T) {
	seen := map[dispatch.PressID]bool{}
	for range 1000 {
		id := devices.NewPressID()
		if len(id) < 26 || seen[id] {
			t.Fatalf("id %q", id)
		}
		seen[id] = true
	}
}
