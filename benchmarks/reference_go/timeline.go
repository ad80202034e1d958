package main

import "math"

// Timeline is a room's state vector (docs/protocol.md, "Words"). Times in s of the room clock.
type Timeline struct {
	Seq        uint64   `json:"seq"`
	Item       *string  `json:"item"`
	Position   float64  `json:"position"`
	Rate       float64  `json:"rate"`
	State      string   `json:"state"`
	Anchor     float64  `json:"anchor"`
	WaitingFor []string `json:"waiting_for"`
}

const (
	paused  = "paused"
	playing = "playing"
	// `at` of a pause counts only within the last second.
	latestPause = 1.0
)

func emptyTimeline(now float64) Timeline {
	return Timeline{Rate: 1, State: paused, Anchor: now, WaitingFor: []string{}}
}

func (t Timeline) positionAt(now float64) float64 {
	if t.State != playing {
		return t.Position
	}
	return t.Position + t.Rate*max(0, now-t.Anchor)
}

// command is a play, pause, seek or rate from a client.
type command struct {
	Type     string   `json:"type"`
	ID       string   `json:"id"`
	Position *float64 `json:"position"`
	Rate     *float64 `json:"rate"`
	At       *float64 `json:"at"`
}

// valid says whether the command has the keys it needs, in their ranges.
func (c command) valid() bool {
	if c.ID == "" || len(c.ID) > 64 {
		return false
	}
	switch c.Type {
	case "play", "pause":
		return true
	case "seek":
		return c.Position != nil && *c.Position >= 0
	case "rate":
		return c.Rate != nil && *c.Rate >= .25 && *c.Rate <= 4
	}
	return false
}

// apply gives the timeline after a command; changed is false if it would be the same. lead is how far in the future a
// start is scheduled, s.
func (t Timeline) apply(c command, now, lead float64) (next Timeline, changed bool) {
	next = t
	next.Seq++
	switch c.Type {
	case "play":
		if t.State == playing {
			return t, false
		}
		next.State, next.Anchor = playing, now+lead
	case "pause":
		if t.State == paused {
			return t, false
		}
		at := now
		if c.At != nil && *c.At <= now && *c.At >= now-latestPause {
			at = *c.At
		}
		next.State, next.Position, next.Anchor = paused, t.positionAt(at), now
	case "seek":
		if t.State == paused && t.Position == *c.Position {
			return t, false
		}
		next.Position, next.Anchor = *c.Position, now
		if t.State == playing {
			next.Anchor += lead
		}
	case "rate":
		if t.Rate == *c.Rate {
			return t, false
		}
		next.Position, next.Rate, next.Anchor = t.positionAt(now), *c.Rate, max(now, t.Anchor)
		if t.State != playing {
			next.Anchor = now
		}
	}
	return next, true
}

// leadFor is how far in the future a start is scheduled, s, when the slowest participant is `down` ms away; 0 if nobody
// has told. See "Scheduled start" in docs/protocol.md.
func leadFor(down float64) float64 {
	if math.IsNaN(down) || down < 0 {
		return 0
	}
	return min(max(down+60, 80), 500) / 1000
}
