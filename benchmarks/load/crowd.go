package main

import (
	"fmt"
	"io"
	"time"
)

// crowdCost is what one kind of event costs in a room of a size.
type crowdCost struct {
	Event           string  `json:"event"` // idle, join, change or leave
	Events          int     `json:"events"`
	MicrosPerEvent  float64 `json:"server_cpu_us_per_event"` // the idle room's share taken off
	MessagesPer     float64 `json:"messages_per_event"`      // presence and roster, to all
	BytesPerEvent   float64 `json:"bytes_per_event"`
	WallSeconds     float64 `json:"wall_s"`
	ServerCPU       float64 `json:"server_cpu_s"`
	IdleCPUPerS     float64 `json:"idle_cpu_s_per_s"`
	IdleBytesPerS   float64 `json:"idle_bytes_per_s"`
	ResidentsInRoom int     `json:"residents"`
}

func (c crowdCost) print(to io.Writer) {
	fmt.Fprintf(to, "%5d residents, %-6s × %d: %8.0f µs of server CPU, %.1f messages, %.0f bytes each\n",
		c.ResidentsInRoom, c.Event, c.Events, c.MicrosPerEvent, c.MessagesPer, c.BytesPerEvent)
}

// crowdPlan: in each phase `events` happen, `rate` in a second, then `settle` passes, in which a roster that is told once a
// second goes out. After the leaves `gone` passes, until those who are offline have left.
type crowdPlan struct {
	events       int
	rate         float64
	settle, gone time.Duration
}

// crowdCosts measures, in rooms whose residents are there, what joins, changes of presence and leaves cost; the events go
// round the rooms. Guests join on top of the residents, by their tokens; residents turn away, and ready again; the guests
// leave. The first phase, in which nothing happens, is as long as the longest: its cost is taken off the others.
func (c *crew) crowdCosts(l *loop, p crowdPlan, server []int) ([]crowdCost, error) {
	rooms, residents := len(c.rooms), c.participants
	guest := func(n int) arrival { return arrival{room: n % rooms, place: residents + n/rooms} }
	nothing := func(int) error { return nil }
	change := func(n int) error {
		turn := n / rooms
		state := [...]string{"away", "ready"}[turn/residents%2]
		status := `{"type":"status","state":"` + state + `","seq":0,"position":0,"buffered":10}`
		l.write(c.rooms[n%rooms].people[turn%residents], opText, []byte(status))
		return nil
	}
	join := func(n int) error { return c.bring(l, []arrival{guest(n)}) }
	leave := func(n int) error {
		g := guest(n)
		l.drop(c.rooms[g.room].people[g.place])
		return nil
	}
	if err := l.until(now()+int64(p.settle), never); err != nil { // the residents' own joins are still being told
		return nil, err
	}
	var costs []crowdCost
	for _, one := range []struct {
		name   string
		settle time.Duration
		do     func(int) error
	}{{"idle", p.gone, nothing}, {"change", p.settle, change}, {"join", p.settle, join}, {"leave", p.gone, leave}} {
		var idle crowdCost
		if len(costs) > 0 {
			idle = costs[0]
		}
		cost, err := c.phase(l, p, one.name, one.settle, idle, server, one.do)
		if err != nil {
			return nil, err
		}
		costs = append(costs, cost)
	}
	return costs, nil
}

func (c *crew) phase(l *loop, p crowdPlan, name string, settle time.Duration, idle crowdCost, server []int,
	do func(n int) error) (crowdCost, error) {
	m, messages, bytes, start := startMeter(server, nil), l.crowd, l.bytes, now()
	for n := range p.events {
		if err := l.until(start+int64(float64(n)/p.rate*1e9), never); err != nil {
			return crowdCost{}, err
		}
		if err := do(n); err != nil {
			return crowdCost{}, fmt.Errorf("%s %d: %w", name, n, err)
		}
	}
	if err := l.until(now()+int64(settle), never); err != nil {
		return crowdCost{}, err
	}
	u, count := m.read(), float64(p.events)
	cost := crowdCost{Event: name, Events: p.events, ResidentsInRoom: c.participants, WallSeconds: u.WallSeconds,
		ServerCPU: u.ServerCPU, IdleCPUPerS: idle.IdleCPUPerS, IdleBytesPerS: idle.IdleBytesPerS,
		MessagesPer: round3(float64(l.crowd-messages) / count)}
	if name == "idle" {
		cost.IdleCPUPerS, cost.IdleBytesPerS = u.ServerCPU/u.WallSeconds, float64(l.bytes-bytes)/u.WallSeconds
		return cost, nil
	}
	cost.MicrosPerEvent = round3((u.ServerCPU - idle.IdleCPUPerS*u.WallSeconds) / count * 1e6)
	cost.BytesPerEvent = round3((float64(l.bytes-bytes) - idle.IdleBytesPerS*u.WallSeconds) / count)
	return cost, nil
}
