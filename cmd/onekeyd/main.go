// Command onekeyd dispatches help when an elder presses one key.
//
// It is one binary: the daemon (serve), the same with make-believe people and
// telephones (demo), and the tools around it. Each subcommand is a file here;
// the wiring of the daemon is daemon.go.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // a bare container has no time zones, and texts give the centre's time

	"github.com/redis/go-redis/v9/logging"

	"onekeyd/cmd/onekeyd/settings"
)

// command is one subcommand.
type command struct {
	name, args, about string
	run               func(ctx context.Context, c *call) error
}

func commands() []command {
	return []command{
		{"serve", "", "run the daemon", serve},
		{"demo", "", "run it with a made-up district, telephones and presses", demo},
		{"import", "DIR", "take elders, contacts, devices, responders, providers and areas from CSV and GeoJSON", importDir},
		{"press", "DEVICE", "press a key, and see what becomes of it", press},
		{"check", "", "say in words what is set up, and what cannot be promised", check},
		{"replay", "INCIDENT", "tell the story of one incident, open or archived", replay},
		{"welfare", "", "write the list of elders by who should be looked at first, to be printed", printWelfare},
		{"operator", "add NAME ROLE | link NAME | remove NAME | list", "who may log in: add one, give one a new link, remove one", operator},
		{"links", "revoke", "end every link to responders' and families' pages that was sent until now", links},
		{"token", "SCOPE [LABEL] | list | revoke ID", "make a bearer token (gateway, api, metrics), or end one", token},
		{"bench", "", "measure press → stored → SMS and console against a floor", bench},
	}
}

// call is one call of a subcommand.
type call struct {
	flags  *flag.FlagSet
	loader *settings.Loader
	args   []string // of the command line, flags still among them
	stdout io.Writer
	stderr io.Writer
}

// errUsage says that a bad command line was explained already, errHelp that the explanation was asked for.
var errUsage, errHelp = errors.New("usage"), errors.New("help")

func main() {
	tune()
	logging.Disable() // go-redis writes to standard error by itself; what matters of it comes through our log
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends it at once
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil && !errors.Is(err, errHelp) {
		if !errors.Is(err, errUsage) {
			fmt.Fprintln(os.Stderr, "onekeyd:", err)
		}
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) == 0 {
		usage(stderr)
		return errUsage
	}
	if args[0] == "help" || args[0] == "-h" || args[0] == "--help" {
		usage(stdout)
		return nil
	}
	for _, cmd := range commands() {
		if cmd.name != args[0] {
			continue
		}
		set := flag.NewFlagSet("onekeyd "+cmd.name, flag.ContinueOnError)
		set.SetOutput(stderr)
		set.Usage = func() {
			fmt.Fprintf(stderr, "onekeyd %s [flags] %s\n  %s\n\nflags:\n", cmd.name, cmd.args, cmd.about)
			set.PrintDefaults()
		}
		return cmd.run(ctx, &call{flags: set, loader: settings.NewLoader(set), args: args[1:], stdout: stdout, stderr: stderr})
	}
	usage(stderr)
	return fmt.Errorf("there is no command %q", args[0])
}

// usageColumn is how wide a subcommand may be beside its explanation; a longer one is above it.
const usageColumn = 22

func usage(w io.Writer) {
	fmt.Fprint(w, "onekeyd takes a press of an elder's key to help at the door.\n\n")
	for _, cmd := range commands() {
		line := strings.TrimSpace(cmd.name + " " + cmd.args)
		if len(line) > usageColumn {
			line += "\n" + strings.Repeat(" ", len("  onekeyd ")+usageColumn)
		}
		fmt.Fprintf(w, "  onekeyd %-*s %s\n", usageColumn, line, cmd.about)
	}
	fmt.Fprint(w, "\nonekeyd COMMAND -h shows the flags of one. Settings come from flags, ONEKEYD_* and a TOML file.\n")
}

// parse reads the command line, with flags before or behind the words, and
// wants exactly this many words (a negative number: that many at least).
func (c *call) parse(words int) (settings.Settings, []string, error) {
	var rest []string
	for args := c.args; ; {
		if err := c.flags.Parse(args); errors.Is(err, flag.ErrHelp) {
			return settings.Settings{}, nil, errHelp
		} else if err != nil {
			return settings.Settings{}, nil, errUsage
		}
		if c.flags.NArg() == 0 {
			break
		}
		rest, args = append(rest, c.flags.Arg(0)), c.flags.Args()[1:]
	}
	if words >= 0 && len(rest) != words || words < 0 && len(rest) < -words {
		c.flags.Usage()
		return settings.Settings{}, nil, errUsage
	}
	cfg, err := c.loader.Load(os.Environ())
	if err != nil {
		return settings.Settings{}, nil, fmt.Errorf("settings:\n%w", err)
	}
	return cfg, rest, nil
}

// logger writes what cfg asks for to standard error.
func (c *call) logger(cfg settings.Settings) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(cfg.Log.Level)) // settings has checked it
	o := &slog.HandlerOptions{Level: level}
	if cfg.Log.Format == "text" {
		return slog.New(slog.NewTextHandler(c.stderr, o))
	}
	return slog.New(slog.NewJSONHandler(c.stderr, o))
}
