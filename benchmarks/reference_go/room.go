package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// How long a command is tried anew when others were first.
const placing = time.Second

var errConflict = errors.New("others were first for a second")

// room is one room's people in this process.
type room struct {
	code    string
	hub     *hub
	ready   chan struct{} // closed when the subscription is confirmed and the timeline loaded
	err     error         // of that
	holders int           // connections that are in or on their way; the hub's mutex guards it

	committing sync.Mutex // one commit of a room is under way in a process

	mu       sync.Mutex
	timeline Timeline
	people   map[*connection]struct{}
	down     float64            // the longest way here, ms; -1: nobody has told
	downs    map[string]float64 // the same by process
}

type cause struct {
	Action string `json:"action"`
	By     string `json:"by"`
	ID     string `json:"id"`
}

type timelineMessage struct {
	Type string `json:"type"`
	Timeline
	Cause cause `json:"cause"`
}

// load reads what Redis holds of the room, once subscribed and after each new subscription.
func (r *room) load(ctx context.Context) error {
	t, err := r.hub.store.load(ctx, r.code, roomClock())
	if err != nil {
		return err
	}
	downs, err := r.hub.store.downs(ctx, r.code)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if t.Seq >= r.timeline.Seq {
		r.timeline = t
	}
	r.downs = downs
	return nil
}

// enter lets a connection in: from the timeline in its welcome on it gets every later one.
func (r *room) enter(c *connection) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	welcome, err := json.Marshal(r.welcome(c))
	if err != nil {
		return err
	}
	prepared, err := websocket.NewPreparedMessage(websocket.TextMessage, welcome)
	if err != nil {
		return err
	}
	r.people[c] = struct{}{}
	c.offer(prepared)
	return nil
}

// command applies a play, pause, seek or rate. ack is not nil if nothing changed.
func (r *room) command(ctx context.Context, c *connection, cmd command) (ack *Timeline, err error) {
	ctx, cancel := context.WithTimeout(ctx, placing)
	defer cancel()
	r.committing.Lock()
	defer r.committing.Unlock()
	for ctx.Err() == nil {
		r.mu.Lock()
		current, down := r.timeline, r.longest()
		r.mu.Unlock()
		next, changed := current.apply(cmd, roomClock(), leadFor(down))
		if !changed {
			return &current, nil
		}
		message, err := json.Marshal(timelineMessage{"timeline", next, cause{cmd.Type, c.id, cmd.ID}})
		if err != nil {
			return nil, err
		}
		result, held, err := r.hub.store.commit(ctx, r.code, current.Seq, next, c.session+" "+cmd.ID, message)
		switch {
		case err != nil:
			return nil, err
		case result == stored:
			r.hold(next)
			return nil, nil
		case result == repeated:
			return &held, nil
		}
		r.hold(held)
	}
	return nil, errConflict
}

func (r *room) hold(t Timeline) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if t.Seq > r.timeline.Seq {
		r.timeline = t
	}
}

// longest is the longest way to any participant in any process, ms; -1 if nobody has told.
func (r *room) longest() float64 {
	longest := -1.0
	for _, down := range r.downs {
		longest = max(longest, down)
	}
	return longest
}

// receive is a message of the room's channel: a timeline goes to everybody here, encoded once.
func (r *room) receive(payload string) {
	if about, ok := strings.CutPrefix(payload, downMark); ok {
		process, text, _ := strings.Cut(about, " ")
		if value, err := strconv.ParseFloat(text, 64); err == nil {
			r.mu.Lock()
			r.downs[process] = value
			r.mu.Unlock()
		}
		return
	}
	data := []byte(payload)
	var t Timeline
	if err := json.Unmarshal(data, &t); err != nil {
		slog.Error("a message that is no timeline", "room", r.code, "error", err)
		return
	}
	prepared, err := websocket.NewPreparedMessage(websocket.TextMessage, data)
	if err != nil {
		slog.Error("not to be prepared", "room", r.code, "error", err)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if t.Seq > r.timeline.Seq {
		r.timeline = t
	}
	for c := range r.people {
		c.offer(prepared)
	}
}

// hearDown notes how far a participant is. The room is told when the longest way has changed by more than noise.
func (r *room) hearDown(ctx context.Context, c *connection, down float64) error {
	const noise = 5
	r.mu.Lock()
	c.down = down
	longest := -1.0
	for one := range r.people {
		longest = max(longest, one.down)
	}
	told := r.down
	tell := told < 0 || longest > told+noise || longest < told-noise
	if tell {
		r.down = longest
	}
	r.mu.Unlock()
	if !tell {
		return nil
	}
	return r.hub.store.tellDown(ctx, r.code, r.hub.process, longest)
}
