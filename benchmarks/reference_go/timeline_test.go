package main

import "testing"

func of(value float64) *float64 { return &value }

func TestATimelineRunsFromItsAnchorOn(t *testing.T) {
	running := Timeline{Seq: 4, Position: 10, Rate: 2, State: playing, Anchor: 100}
	for now, want := range map[float64]float64{99: 10, 100: 10, 103: 16} {
		if got := running.positionAt(now); got != want {
			t.Errorf("at %g: expected %g, got %g", now, want, got)
		}
	}
}

func TestCommands(t *testing.T) {
	parked := Timeline{Seq: 4, Position: 10, Rate: 1, State: paused, Anchor: 90}
	running := Timeline{Seq: 4, Position: 10, Rate: 2, State: playing, Anchor: 100}
	for name, one := range map[string]struct {
		from Timeline
		cmd  command
		want Timeline
	}{
		"a start is scheduled":      {parked, command{Type: "play"}, Timeline{5, nil, 10, 1, playing, 110.2, nil}},
		"a pause holds the place":   {running, command{Type: "pause"}, Timeline{5, nil, 30, 2, paused, 110, nil}},
		"where it was a moment ago": {running, command{Type: "pause", At: of(109.5)}, Timeline{5, nil, 29, 2, paused, 110, nil}},
		"not where it was long ago": {running, command{Type: "pause", At: of(105)}, Timeline{5, nil, 30, 2, paused, 110, nil}},
		"a jump goes on":            {running, command{Type: "seek", Position: of(70)}, Timeline{5, nil, 70, 2, playing, 110.2, nil}},
		"a parked jump stays":       {parked, command{Type: "seek", Position: of(70)}, Timeline{5, nil, 70, 1, paused, 110, nil}},
		"a rate keeps the place":    {running, command{Type: "rate", Rate: of(.5)}, Timeline{5, nil, 30, .5, playing, 110, nil}},
	} {
		got, changed := one.from.apply(one.cmd, 110, .2)
		if !changed || got.Seq != one.want.Seq || got.Position != one.want.Position || got.Rate != one.want.Rate ||
			got.State != one.want.State || got.Anchor != one.want.Anchor {
			t.Errorf("%s: expected %+v, got %+v", name, one.want, got)
		}
	}
}

func TestARateBeforeAScheduledStartDoesNotStartEarly(t *testing.T) {
	soon := Timeline{Seq: 4, Position: 10, Rate: 1, State: playing, Anchor: 110.4}
	if got, _ := soon.apply(command{Type: "rate", Rate: of(2)}, 110, 0); got.Anchor != 110.4 || got.Position != 10 {
		t.Errorf("got %+v", got)
	}
}

func TestWhatIsSoAlreadyChangesNothing(t *testing.T) {
	parked := Timeline{Position: 10, Rate: 1, State: paused}
	for _, cmd := range []command{{Type: "pause"}, {Type: "seek", Position: of(10)}, {Type: "rate", Rate: of(1)}} {
		if _, changed := parked.apply(cmd, 5, 0); changed {
			t.Errorf("%+v changed something", cmd)
		}
	}
	if _, changed := (Timeline{State: playing}).apply(command{Type: "play"}, 5, 0); changed {
		t.Error("a play of a playing room changed something")
	}
}

func TestTheLeadHasBounds(t *testing.T) {
	for down, want := range map[float64]float64{-1: 0, 0: .08, 100: .16, 2000: .5} {
		if got := leadFor(down); got != want {
			t.Errorf("%g ms: expected %g s, got %g", down, want, got)
		}
	}
}

func TestCommandsThatAreNone(t *testing.T) {
	for _, cmd := range []command{{Type: "play"}, {Type: "seek", ID: "1"}, {Type: "seek", ID: "1", Position: of(-1)},
		{Type: "rate", ID: "1", Rate: of(5)}, {Type: "load", ID: "1"}, {}} {
		if cmd.valid() {
			t.Errorf("%+v was taken", cmd)
		}
	}
}
