package main

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// hub has the rooms of this process: one subscription for all, of one channel a room.
type hub struct {
	store   *store
	process string
	pubsub  *redis.PubSub

	mu    sync.Mutex
	rooms map[string]*room

	inside sync.WaitGroup // connections that have not left yet
}

func newHub(s *store) *hub {
	return &hub{store: s, process: rand.Text(), pubsub: s.client.Subscribe(context.Background()), rooms: map[string]*room{}}
}

// roomClock is the time in s. All processes take it from their machine's clock.
func roomClock() float64 { return float64(time.Now().UnixNano()) / 1e9 }

// join lets a connection into its room; the first one of a room subscribes to it.
func (h *hub) join(ctx context.Context, code string, c *connection) (*room, error) {
	h.mu.Lock()
	r, there := h.rooms[code]
	if !there {
		r = &room{code: code, hub: h, ready: make(chan struct{}), people: map[*connection]struct{}{}, down: -1,
			downs: map[string]float64{}}
		h.rooms[code] = r
		if err := h.pubsub.Subscribe(ctx, channelOf(code)); err != nil {
			delete(h.rooms, code)
			h.mu.Unlock()
			return nil, err
		}
	}
	r.holders++
	h.inside.Add(1)
	h.mu.Unlock()
	var err error
	select {
	case <-r.ready:
		err = r.err
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err == nil {
		err = r.enter(c)
	}
	if err != nil {
		h.leave(r, c)
	}
	return r, err
}

// leave takes a connection out; the last one of a room ends its subscription.
func (h *hub) leave(r *room, c *connection) {
	defer h.inside.Done()
	r.mu.Lock()
	delete(r.people, c)
	told := r.down >= 0
	r.mu.Unlock()
	h.mu.Lock()
	r.holders--
	last := r.holders == 0
	ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
	defer cancel()
	var err error
	if last {
		delete(h.rooms, r.code)
		err = h.pubsub.Unsubscribe(ctx, channelOf(r.code))
	}
	h.mu.Unlock()
	if last && told {
		err = errors.Join(err, h.store.forgetDown(ctx, r.code, h.process))
	}
	if err != nil {
		slog.Warn("leaving a room", "room", r.code, "error", err)
	}
}

// listen carries what Redis publishes to the rooms, in its order, until the context ends.
func (h *hub) listen(ctx context.Context) {
	for ctx.Err() == nil {
		message, err := h.pubsub.ReceiveTimeout(ctx, silence)
		var late net.Error
		if errors.As(err, &late) && late.Timeout() {
			err = h.pubsub.Ping(ctx)
		}
		if err != nil {
			if ctx.Err() == nil {
				slog.Warn("the subscription", "error", err)
				time.Sleep(100 * time.Millisecond) // go-redis connects and subscribes anew by itself
			}
			continue
		}
		switch m := message.(type) {
		case *redis.Message:
			if r := h.room(m.Channel); r != nil {
				r.receive(m.Payload)
			}
		case *redis.Subscription:
			if r := h.room(m.Channel); r != nil && m.Kind == "subscribe" {
				go h.loaded(ctx, r)
			}
		}
	}
}

func (h *hub) loaded(ctx context.Context, r *room) {
	ctx, cancel := context.WithTimeout(ctx, 5*storeTimeout)
	defer cancel()
	err := r.load(ctx)
	h.mu.Lock()
	defer h.mu.Unlock()
	select {
	case <-r.ready: // subscribed anew after a loss of Redis
	default:
		r.err = err
		close(r.ready)
	}
}

func (h *hub) room(channel string) *room {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.rooms[strings.TrimPrefix(channel, channelOf(""))]
}
