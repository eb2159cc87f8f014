package bench

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"time"

	"onekeyd/dispatch"
	"onekeyd/dispatch/registry"
	"onekeyd/dispatch/registry/synth"
)

// mark begins a device's id. The id is also part of its elder's address, which
// every SMS holds, so that a text tells whose press it is about.
const mark = "D-"

// deviceName names the key of press n.
func deviceName(n int) string { return mark + fmt.Sprintf("%07d", n+1) }

// pressOf finds the press a text or an event is about: the number behind the
// first mark, or -1.
func pressOf[T string | []byte](text T) int {
	for i := 0; i+len(mark) < len(text); i++ {
		if text[i] != mark[0] || text[i+1] != mark[1] {
			continue
		}
		n, digits := 0, 0
		for j := i + len(mark); j < len(text) && text[j] >= '0' && text[j] <= '9'; j++ {
			n, digits = 10*n+int(text[j]-'0'), digits+1
		}
		if digits == 7 {
			return n - 1
		}
	}
	return -1
}

// makeCity writes the files of a made-up directory in which each press of
// [dispatch.DefaultPlan] gives exactly as many SMS as asked. For five there are
// workers, grid leaders and clinics, and one relative an elder. For one there is
// nobody to ask but clinics; whoever else there is, is a volunteer or doctor.
func makeCity(dir string, elders, responders, sms int) error {
	whole := synth.Make(synth.Options{Seed: 1, Elders: elders, Responders: responders, Region: "HK"})
	city := registry.NewBatch()
	for _, kind := range []registry.Kind{registry.Elders, registry.Contacts, registry.Devices, registry.Responders} {
		city.Hold(kind)
	}
	n := 0
	for e := range whole.Elders() {
		device := deviceName(n)
		e.Premises.Address += device
		if err := city.AddElder(e); err != nil {
			return fmt.Errorf("make elder %s: %w", e.ID, err)
		}
		if err := city.AddDevice(dispatch.Device{ID: dispatch.DeviceID(device), Elder: e.ID, Protocol: "json"}); err != nil {
			return fmt.Errorf("make device %s: %w", device, err)
		}
		if sms == 5 {
			c := dispatch.Contact{Elder: e.ID, Rank: 1, Name: e.Name, Relation: "女儿", Phone: e.Phone, Language: "zh"}
			if err := city.AddContact(c); err != nil {
				return fmt.Errorf("make contact of %s: %w", e.ID, err)
			}
		}
		n++
	}
	for r := range whole.Responders() {
		if sms == 1 && (r.Kind == dispatch.Worker || r.Kind == dispatch.GridLeader) {
			r.Kind = dispatch.Volunteer
		}
		if err := city.AddResponder(r); err != nil {
			return fmt.Errorf("make responder %s: %w", r.ID, err)
		}
	}
	if err := city.Export(dir); err != nil {
		return fmt.Errorf("write the directory: %w", err)
	}
	f, err := os.Create(filepath.Join(dir, "areas.geojson"))
	if err != nil {
		return fmt.Errorf("write the directory: %w", err)
	}
	defer f.Close()
	if err := whole.Write(f, registry.Areas); err != nil {
		return fmt.Errorf("write areas: %w", err)
	}
	return nil
}

// seed makes a data folder that holds the directory, by the import that
// operators use, and returns how long that took.
func seed(ctx context.Context, o Options, dir string) (data string, took time.Duration, err error) {
	files := filepath.Join(dir, "files")
	if err := os.Mkdir(files, 0o700); err != nil {
		return "", 0, fmt.Errorf("make a folder: %w", err)
	}
	elders, responders := o.people()
	fmt.Fprintf(o.Progress, "making up %d elders and %d responders\n", elders, responders)
	if err := makeCity(files, elders, responders, o.SMS); err != nil {
		return "", 0, err
	}
	debug.FreeOSMemory() // a million elders are not needed any more, and would be in the way of what is measured
	data = filepath.Join(dir, "seed")
	log, err := os.Create(filepath.Join(dir, "import.log"))
	if err != nil {
		return "", 0, fmt.Errorf("make the import's log: %w", err)
	}
	defer log.Close()
	fmt.Fprintln(o.Progress, "importing them")
	c, err := launch(o.Exe, []string{"import", files}, map[string]string{"ONEKEYD_DATA": data}, nil, log)
	if err != nil {
		return "", 0, err
	}
	if err := c.finish(ctx); err != nil {
		return "", 0, fmt.Errorf("import the directory: %w\n%s", err, tailOf(log.Name()))
	}
	return data, time.Since(c.started), os.RemoveAll(files)
}

// copyFolder copies a data folder and sees it on the disk, so that the kernel
// does not write it back while others wait for their fsync.
func copyFolder(to, from string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, name)
		switch {
		case d.IsDir():
			return os.MkdirAll(target, 0o700)
		case !d.Type().IsRegular():
			return nil
		}
		return copyFile(target, path)
	})
}

func copyFile(to, from string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if e := out.Close(); err == nil {
			err = e
		}
	}()
	if _, err := io.Copy(out, in); err != nil {
		return err
	}
	return out.Sync()
}

// pressID makes presses of different runs different, too.
func pressID(run string, n int) string { return run + "-" + strconv.Itoa(n) }
