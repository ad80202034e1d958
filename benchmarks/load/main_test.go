package main

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// short is a plan of one room of 4 and half a second of load.
func short(t *testing.T, address, rates string) plan {
	t.Helper()
	file := filepath.Join(t.TempDir(), "accounts.json")
	text, _ := json.Marshal([]account{{Room: "room", Users: []string{"a", "b", "c", "d"}}})
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return plan{addresses: address, accounts: file, rooms: 1, participants: 4, rates: rates, limit: 1000, dialers: 1,
		askEvery: 200 * time.Millisecond, down: -1, step: step{warm: 100 * time.Millisecond,
			measure: 400 * time.Millisecond, drain: time.Second, timeout: time.Second}, lines: io.Discard}
}

func measure(t *testing.T, p plan) stepReport {
	t.Helper()
	r, err := p.run()
	if err != nil {
		t.Fatal(err)
	}
	return r.Steps[0]
}

func well(int, int) fault { return none }

func TestAGoodServerIsFoundGood(t *testing.T) {
	for _, rates := range []string{"0", "100"} {
		r := measure(t, short(t, startFaulty(t, well), rates))
		if !r.Sustained || r.Commands < 20 || r.Deliveries != 4*r.Commands || r.Room.Count != r.Commands {
			t.Errorf("rate %s: %+v", rates, r)
		}
		if r.Lost+r.Duplicated+r.Reordered+r.Disconnected+r.Unanswered > 0 || r.Clock.Count == 0 {
			t.Errorf("rate %s: %+v", rates, r)
		}
	}
}

func TestEachFaultIsCounted(t *testing.T) {
	for name, one := range map[string]struct {
		fault fault
		count func(stepReport) int
	}{
		"lost":        {lose, func(r stepReport) int { return r.Lost }},
		"duplicated":  {twice, func(r stepReport) int { return r.Duplicated }},
		"swapped":     {swap, func(r stepReport) int { return r.Reordered }},
		"an old seq":  {oldSeq, func(r stepReport) int { return r.Reordered }},
		"ended by it": {hangUp, func(r stepReport) int { return r.Disconnected }},
	} {
		address := startFaulty(t, func(number, place int) fault {
			if number == 20 && place == 2 { // after the warm-up of 10
				return one.fault
			}
			return none
		})
		r := measure(t, short(t, address, "100"))
		if one.count(r) != 1 {
			t.Errorf("%s: %+v", name, r)
		}
		if r.Sustained && r.Lost+r.Disconnected > 0 {
			t.Errorf("%s is called sustained", name)
		}
	}
}

func TestAClosedLoopGoesOnAfterALoss(t *testing.T) {
	address := startFaulty(t, func(number, place int) fault {
		if number%5 == 4 && place == 0 {
			return lose
		}
		return none
	})
	p := short(t, address, "0")
	p.step.timeout = 50 * time.Millisecond
	r := measure(t, p)
	if r.Unanswered == 0 || r.Lost == 0 || r.Commands < 6 || r.Sustained {
		t.Errorf("%+v", r)
	}
}

func TestAStalledParticipantIsNotWaitedFor(t *testing.T) {
	p := short(t, startFaulty(t, well), "100")
	p.stalled = 1
	if r := measure(t, p); !r.Sustained || r.Deliveries != 3*r.Commands {
		t.Errorf("%+v", r)
	}
}

func TestAHostThatSendsLateIsSeen(t *testing.T) {
	p := short(t, startFaulty(t, well), "100")
	r := measure(t, p)
	if r.SendLag.Count != r.Commands {
		t.Errorf("%d lags of %d commands", r.SendLag.Count, r.Commands)
	}
}

func TestWhoIsToldToTryAgainDoes(t *testing.T) {
	address := serve(t, &faultyServer{fault: well, later: 2})
	if r := measure(t, short(t, address, "100")); !r.Sustained {
		t.Errorf("%+v", r)
	}
}

func TestWhatTheMachineSpent(t *testing.T) {
	stat := []byte("7 (a) b)) S 1 7 7 0 -1 4194560 1 2 3 4 250 50 9 9 20 0 1 0 5 6 7")
	if ticks := statTicks(stat); ticks != 300 {
		t.Errorf("expected 300 ticks, got %d", ticks)
	}
	own := []int{os.Getpid()}
	m := startMeter(own, nil)
	for before := ownCPUSeconds(); ownCPUSeconds() < before+.1; {
	}
	if u := m.read(); u.ServerCPU < .08 || u.OwnShare*u.WallSeconds < .08 {
		t.Errorf("%+v", u)
	}
	if kb := residentKB(own); kb < 1000 {
		t.Errorf("%d KB", kb)
	}
}

func TestWrongWordsAreRefused(t *testing.T) {
	good := short(t, startFaulty(t, well), "0")
	for _, spoil := range []func(*plan){
		func(p *plan) { p.rooms = 2 },
		func(p *plan) { p.participants = 5 },
		func(p *plan) { p.stalled = 4 },
		func(p *plan) { p.pids = "one" },
		func(p *plan) { p.rates = "fast" },
		func(p *plan) { p.addresses = "127.0.0.1:1" },
		func(p *plan) { p.accounts += "x" },
	} {
		p := good
		spoil(&p)
		if _, err := p.run(); err == nil {
			t.Errorf("%+v was taken", p)
		}
	}
}
