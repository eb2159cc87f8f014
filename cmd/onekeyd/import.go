package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"onekeyd/cmd/onekeyd/settings"
	"onekeyd/dispatch/registry"
)

// barFrom is the size from which reading takes long enough to show how far it is.
const barFrom = 4 << 20

// importDir takes a folder of CSV and GeoJSON files into the directory, all of it or nothing.
func importDir(ctx context.Context, c *call) error {
	dryRun := c.flags.Bool("dry-run", false, "say what would change, and change nothing")
	prune := c.flags.Bool("prune", false, "remove records that are in the directory but not in the files of their kind")
	region := c.flags.String("region", "CN", "country of phone numbers that are written without one")
	fresh := c.flags.Bool("new", false, "begin a journal in the data folder if there is none, although nobody named the folder")
	cfg, args, err := c.parse(1)
	if err != nil {
		return err
	}
	dir, err := os.OpenRoot(args[0])
	if err != nil {
		return fmt.Errorf("open the folder to import: %w", err)
	}
	defer dir.Close()
	if *fresh {
		cfg = cfg.WithDataNamed()
	}
	j, running, err := reachDaemon(ctx, cfg, c.logger(cfg))
	if err != nil {
		return err
	}
	defer j.Close()
	r, err := registry.Open(ctx, j.JetStream(), cfg.NATS.Replicas, c.logger(cfg))
	if err != nil {
		return fmt.Errorf("open the directory: %w", err)
	}
	bar := progress{out: c.stderr}
	batch, problems, err := registry.Load(ctx, dir.FS(), registry.LoadOptions{Known: r.Snapshot(), Region: *region, Now: time.Now(), Progress: bar.show})
	bar.end()
	if err != nil {
		return fmt.Errorf("read %s: %w", args[0], err)
	}
	if len(problems) > 0 {
		return refused(c.stderr, problems)
	}
	cs, err := setUpCarriers(cfg, nil)
	if err != nil {
		return err
	}
	defer cs.close()
	if problems := unservedIn(batch, cfg.SMS, cs); len(problems) > 0 {
		return refused(c.stderr, problems)
	}
	report, err := r.Import(ctx, batch, registry.Options{Prune: *prune, DryRun: *dryRun, By: "onekeyd import"})
	if refusal, ok := errors.AsType[*registry.RefusedError](err); ok {
		return refused(c.stderr, refusal.Problems)
	}
	if err != nil {
		return err
	}
	show(c.stdout, report)
	for _, p := range report.Warnings {
		fmt.Fprintf(c.stdout, "taken, and looks wrong: %s\n", p)
	}
	fmt.Fprintln(c.stdout, whereTo(cfg, running))
	return nil
}

// whereTo says which directory was meant, for there may be several on a machine.
func whereTo(cfg settings.Settings, running bool) string {
	switch {
	case !cfg.NATS.Embedded():
		return "in the cluster at " + cfg.NATS.URL
	case running:
		return "in " + cfg.Data + ", of the daemon that runs on it"
	}
	return "in " + cfg.Data + ", for the daemon that will be started on it"
}

func refused(w io.Writer, problems []registry.Problem) error {
	for _, p := range problems {
		fmt.Fprintln(w, p)
	}
	return fmt.Errorf("nothing was imported: %d problems", len(problems))
}

func show(w io.Writer, report registry.Report) {
	missing := 0
	for _, k := range report.Kinds {
		fmt.Fprintf(w, "%-11s %7d added  %7d updated  %7d unchanged  %7d removed\n", k.Kind, k.Added, k.Updated, k.Unchanged, k.Removed)
		if k.Missing == k.Removed {
			continue
		}
		missing += k.Missing
		for _, key := range k.MissingKeys {
			fmt.Fprintf(w, "  not in the file, kept: %s\n", key)
		}
		if more := k.Missing - len(k.MissingKeys); more > 0 {
			fmt.Fprintf(w, "  and %d more\n", more)
		}
	}
	switch {
	case report.DryRun:
		fmt.Fprintln(w, "dry run: nothing was changed")
	case report.Changes() == 0:
		fmt.Fprintf(w, "nothing to change; the directory is at version %d\n", report.Version)
	default:
		fmt.Fprintf(w, "the directory is at version %d\n", report.Version)
	}
	if missing > 0 {
		fmt.Fprintf(w, "%d records are not in the files; -prune removes them\n", missing)
	}
}

// progress draws a bar for large files on a terminal, and nothing elsewhere.
type progress struct {
	out io.Writer
	mu  sync.Mutex // guards bar
	bar *progressbar.ProgressBar
}

func (p *progress) show(done, total int64) {
	f, ok := p.out.(*os.File)
	if total < barFrom || !ok || !term.IsTerminal(int(f.Fd())) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar == nil {
		p.bar = progressbar.NewOptions64(total, progressbar.OptionSetWriter(f), progressbar.OptionShowBytes(true), progressbar.OptionSetDescription("reading"), progressbar.OptionClearOnFinish())
	}
	_ = p.bar.Set64(done) // it only draws
}

func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bar != nil {
		_ = p.bar.Finish() // it only draws
	}
}
