// Command load plays the people of many rooms against a server of WatchParty's protocol (docs/protocol.md), and reports how
// fast and how faithfully each host's commands reach everybody: JSON on standard output, readable lines on standard error.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
)

// plan is what the command line asks for.
type plan struct {
	addresses    string
	accounts     string
	rooms        int
	participants int
	stalled      int
	rates        string
	searchUpTo   float64
	fine         float64
	tries        int
	limit        float64
	hold         time.Duration
	askEvery     time.Duration
	down         float64
	pids, beside string
	dialers      int
	crowd        int
	crowdRate    float64
	crowdGone    time.Duration
	step         step
	lines        io.Writer
}

func main() {
	p := plan{lines: os.Stderr}
	flag.StringVar(&p.addresses, "addr", "127.0.0.1:8000", "host:port; several, split by commas, share each room's participants")
	flag.StringVar(&p.accounts, "accounts", "", "JSON file that manage.py seed_bench printed")
	flag.IntVar(&p.rooms, "rooms", 1, "rooms")
	flag.IntVar(&p.participants, "participants", 10, "participants in each room, the host included")
	flag.IntVar(&p.stalled, "stalled", 0, "of them, how many join and then never read")
	flag.StringVar(&p.rates, "rates", "0", "commands per second and room, several split by commas; 0: closed loop; none: only connect")
	flag.Float64Var(&p.searchUpTo, "search", 0, "search for the highest sustained rate from the first of -rates up to this one")
	flag.Float64Var(&p.fine, "fine", .06, "search: how narrow, as a share of the rate")
	flag.IntVar(&p.tries, "tries", 16, "search: at most so many steps")
	flag.Float64Var(&p.limit, "p99", 50, "sustained: the highest p99 of a delivery, ms")
	flag.DurationVar(&p.hold, "hold", 0, "hold the idle connections for so long before memory is read and load begins")
	flag.DurationVar(&p.askEvery, "clock", 4*time.Second, "every participant sends `clock` this often")
	flag.Float64Var(&p.down, "down", -1, "the way from the server that each `clock` tells, ms; negative: it tells none")
	flag.StringVar(&p.pids, "pids", "", "the server's process ids, split by commas; descendants count")
	flag.StringVar(&p.beside, "beside", "", "process ids accounted apart, such as Redis'")
	flag.IntVar(&p.dialers, "dialers", 16, "connections opened at once")
	flag.IntVar(&p.crowd, "crowd", 0, "instead of load: so many joins, changes of presence and leaves in the first room")
	flag.Float64Var(&p.crowdRate, "crowd-rate", 25, "crowd: events in a second")
	flag.DurationVar(&p.crowdGone, "crowd-gone", 34*time.Second, "crowd: how long until who is offline has left")
	flag.DurationVar(&p.step.think, "think", 0, "closed loop: pause before the next command")
	flag.DurationVar(&p.step.warm, "warm", time.Second, "each step: not measured at first")
	flag.DurationVar(&p.step.measure, "measure", 5*time.Second, "each step: measured")
	flag.DurationVar(&p.step.drain, "drain", 3*time.Second, "each step: how long what is under way may take")
	flag.DurationVar(&p.step.timeout, "timeout", 2*time.Second, "closed loop: how long a command may take to reach everybody")
	flag.Parse()
	// A collection in the middle of a step would look like the server's delay.
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(2 << 30)
	r, err := p.run()
	if err == nil {
		encoder := json.NewEncoder(os.Stdout)
		encoder.SetIndent("", " ")
		err = encoder.Encode(r)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

func (p plan) run() (report, error) {
	r := report{Rooms: p.rooms, Participants: p.participants, Stalled: p.stalled}
	if p.rooms < 1 || p.participants < 1 || p.stalled < 0 || p.stalled >= p.participants || p.dialers < 1 {
		return r, fmt.Errorf("expected at least one room, dialer and participant who reads")
	}
	server, err := numbers[int](p.pids, strconv.Atoi)
	if err != nil {
		return r, fmt.Errorf("-pids: %w", err)
	}
	beside, err := numbers[int](p.beside, strconv.Atoi)
	if err != nil {
		return r, fmt.Errorf("-beside: %w", err)
	}
	rates, err := numbers[float64](p.rates, func(s string) (float64, error) { return strconv.ParseFloat(s, 64) })
	if err != nil {
		return r, fmt.Errorf("-rates: %w", err)
	}
	accounts, err := readAccounts(p.accounts, p.rooms, p.participants)
	if err != nil {
		return r, err
	}
	l, err := newLoop(p.askEvery, p.down)
	if err != nil {
		return r, err
	}
	c := newCrew(strings.Split(p.addresses, ","), accounts, p.participants, p.stalled, p.dialers)
	r.RSSBeforeKB = residentKB(server)
	started := time.Now()
	if err := c.muster(l); err != nil {
		return r, err
	}
	r.ConnectSeconds = round3(time.Since(started).Seconds())
	idle := startMeter(server, beside)
	if err := l.until(now()+int64(p.hold), never); err != nil {
		return r, err
	}
	if p.hold > 0 {
		u := idle.read()
		r.IdleCPUPerMinute = round3(u.ServerCPU / u.WallSeconds * 60)
	}
	r.Connections, r.RSSConnectedKB = c.connected(), residentKB(server)
	r.KBPerConnection = round3(float64(r.RSSConnectedKB-r.RSSBeforeKB) / float64(max(r.Connections, 1)))
	fmt.Fprintf(p.lines, "%d connections in %.1f s, %.1f KB of the server's memory each\n",
		r.Connections, r.ConnectSeconds, r.KBPerConnection)
	if p.crowd > 0 {
		r.Crowd, err = c.crowdCosts(l, crowdPlan{p.crowd, p.crowdRate, 2500 * time.Millisecond, p.crowdGone}, server)
		for _, cost := range r.Crowd {
			cost.print(p.lines)
		}
		return r, err
	}
	if len(rates) == 0 {
		return r, nil
	}
	return r, p.load(&r, l, c, rates, server, beside)
}

// load runs the steps and enters them into the report.
func (p plan) load(r *report, l *loop, c *crew, rates []float64, server, beside []int) error {
	if err := c.park(l); err != nil {
		return err
	}
	try := func(rate float64) (bool, error) {
		if err := c.muster(l); err != nil {
			return false, err
		}
		s := p.step
		s.rate = rate
		m := startMeter(server, beside)
		t, err := l.run(s, c.rooms)
		if err != nil {
			return false, err
		}
		one := describe(t, s, p.rooms*(p.participants-p.stalled), m.read(), residentKB(server), p.limit)
		one.print(p.lines)
		r.Steps = append(r.Steps, one)
		if one.Sustained {
			r.SustainedPerS = max(r.SustainedPerS, one.DeliveriesS)
		}
		return one.Sustained, nil
	}
	if p.searchUpTo > 0 {
		_, err := search(rates[0], p.searchUpTo, p.fine, p.tries, try)
		return err
	}
	for _, rate := range rates {
		if _, err := try(rate); err != nil {
			return err
		}
	}
	return nil
}

func numbers[N any](text string, read func(string) (N, error)) ([]N, error) {
	var all []N
	for _, word := range strings.FieldsFunc(text, func(c rune) bool { return c == ',' || c == ' ' }) {
		n, err := read(word)
		if err != nil {
			return nil, err
		}
		all = append(all, n)
	}
	return all, nil
}
