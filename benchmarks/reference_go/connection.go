package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

const (
	largestMessage    = 16 << 10
	queued            = 256 // messages for one participant; one that is further behind is cut off
	writeTimeout      = 10 * time.Second
	heartbeatTimeout  = 15 * time.Second
	heartbeatInterval = 5 * time.Second
)

// connection is one participant: a goroutine reads, another writes what the room puts into the queue.
type connection struct {
	id, session, name string
	socket            *websocket.Conn
	room              *room
	down              float64 // ms; -1: not told. The room's mutex guards it
	state             string

	queue  chan *websocket.PreparedMessage
	closed chan struct{}
	once   sync.Once
}

func newConnection(socket *websocket.Conn, name string) *connection {
	return &connection{id: rand.Text()[:12], session: rand.Text(), name: name, socket: socket, down: -1, state: "ready",
		queue: make(chan *websocket.PreparedMessage, queued), closed: make(chan struct{})}
}

// offer queues a message and never waits: who doesn't read is cut off.
func (c *connection) offer(m *websocket.PreparedMessage) {
	select {
	case c.queue <- m:
	default:
		c.close()
	}
}

func (c *connection) close() {
	c.once.Do(func() {
		close(c.closed)
		c.socket.Close() // whatever it says, the socket is gone
	})
}

func (c *connection) write() {
	defer c.close()
	for {
		select {
		case m := <-c.queue:
			if c.socket.SetWriteDeadline(time.Now().Add(writeTimeout)) != nil || c.socket.WritePreparedMessage(m) != nil {
				return
			}
		case <-c.closed:
			return
		}
	}
}

func (c *connection) read(ctx context.Context) {
	defer c.close()
	c.socket.SetReadLimit(largestMessage)
	for c.socket.SetReadDeadline(time.Now().Add(heartbeatTimeout)) == nil {
		kind, data, err := c.socket.ReadMessage()
		if err != nil {
			return
		}
		received := roomClock()
		var m incoming
		if kind != websocket.TextMessage || json.Unmarshal(data, &m) != nil {
			c.refuse("", "bad_message")
			continue
		}
		if err := c.handle(ctx, m, received); err != nil {
			slog.Warn("a message", "type", m.Type, "error", err)
			c.refuse(m.ID, "unavailable")
		}
	}
}

func (c *connection) handle(ctx context.Context, m incoming, received float64) error {
	switch m.Type {
	case "clock":
		if m.T0 == nil {
			c.refuse("", "bad_message")
			return nil
		}
		c.room.mu.Lock()
		seq := c.room.timeline.Seq
		c.room.mu.Unlock()
		c.send(clockReply{"clock", *m.T0, received, roomClock(), seq})
		if m.Down != nil && *m.Down >= 0 {
			return c.room.hearDown(ctx, c, *m.Down)
		}
	case "status":
		switch m.State {
		case "ready", "buffering", "away":
			c.room.mu.Lock()
			c.state = m.State
			c.room.mu.Unlock()
		default:
			c.refuse("", "bad_message")
		}
	case "sync":
		c.room.mu.Lock()
		snapshot := c.room.snapshot("snapshot")
		c.room.mu.Unlock()
		c.send(snapshot)
	default:
		return c.command(ctx, m.command)
	}
	return nil
}

func (c *connection) command(ctx context.Context, cmd command) error {
	if !cmd.valid() {
		c.refuse(cmd.ID, "bad_message")
		return nil
	}
	held, err := c.room.command(ctx, c, cmd)
	switch {
	case errors.Is(err, errConflict):
		c.refuse(cmd.ID, "conflict")
		return nil
	case err == nil && held != nil:
		c.send(ack{"ack", cmd.ID, held.Seq})
	}
	return err
}

func (c *connection) refuse(id, code string) { c.send(refusal{"error", id, code, code}) }

// send is for this participant alone.
func (c *connection) send(message any) {
	data, err := json.Marshal(message)
	if err != nil {
		slog.Error("not to be encoded", "error", err)
		return
	}
	if prepared, err := websocket.NewPreparedMessage(websocket.TextMessage, data); err == nil {
		c.offer(prepared)
	}
}
