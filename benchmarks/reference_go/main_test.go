package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

type message struct {
	Type, Session, ID, Code string
	Seq                     uint64
	Position, Anchor        float64
	State                   string
	T0, T1, T2              float64
	Timeline                Timeline
	Cause                   cause
}

func process(t *testing.T) string {
	t.Helper()
	address, _ := start(t)
	return address
}

// start runs one of the service's processes, on the real Redis of REDIS_URL.
func start(t *testing.T) (address string, h *hub) {
	t.Helper()
	url := os.Getenv("REDIS_URL")
	if url == "" {
		t.Fatal("REDIS_URL is not set. Start Redis (scripts/services start redis) and set it as .services/env says")
	}
	s, err := openStore(url)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	h = newHub(s)
	go h.listen(ctx)
	server := httptest.NewServer(handler(ctx, h))
	t.Cleanup(func() {
		server.Close() // it doesn't know of the sockets
		h.inside.Wait()
		cancel()
		h.pubsub.Close()
		s.client.Close()
	})
	return "ws" + strings.TrimPrefix(server.URL, "http"), h
}

type client struct {
	*websocket.Conn
	t       *testing.T
	welcome message
}

func enter(t *testing.T, process, room string) *client {
	t.Helper()
	socket, _, err := websocket.DefaultDialer.Dial(process+"/ws/rooms/"+room+"/", http.Header{"Authorization": {"Bearer alice"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { socket.Close() })
	c := &client{Conn: socket, t: t}
	if c.welcome = c.next(); c.welcome.Type != "welcome" {
		t.Fatalf("expected a welcome first, got %+v", c.welcome)
	}
	return c
}

func (c *client) next() (m message) {
	c.t.Helper()
	c.SetReadDeadline(time.Now().Add(5 * time.Second))
	if err := c.ReadJSON(&m); err != nil {
		c.t.Fatal(err)
	}
	return m
}

func (c *client) say(format string, values ...any) {
	c.t.Helper()
	if err := c.WriteMessage(websocket.TextMessage, fmt.Appendf(nil, format, values...)); err != nil {
		c.t.Fatal(err)
	}
}

func TestACommandReachesEverybodyInEveryProcess(t *testing.T) {
	room, one, other := rand.Text(), process(t), process(t)
	alice, bob, charlie := enter(t, one, room), enter(t, one, room), enter(t, other, room)
	alice.say(`{"type":"seek","id":"a","position":12}`)
	for _, c := range []*client{alice, bob, charlie} {
		if m := c.next(); m.Type != "timeline" || m.Position != 12 || m.Seq != 1 || m.Cause.ID != "a" || m.Cause.Action != "seek" {
			t.Errorf("got %+v", m)
		}
	}
	if late := enter(t, other, room); late.welcome.Timeline.Position != 12 || late.welcome.Timeline.Seq != 1 {
		t.Errorf("got %+v", late.welcome)
	}
	if later := enter(t, process(t), room); later.welcome.Timeline.Seq != 1 {
		t.Errorf("a third process: got %+v", later.welcome)
	}
}

func TestCommandsOfTwoProcessesTakeOneOrder(t *testing.T) {
	const each = 50
	room, one, other := rand.Text(), process(t), process(t)
	alice, bob := enter(t, one, room), enter(t, other, room)
	for n := range each {
		alice.say(`{"type":"seek","id":"a%d","position":%d}`, n, n+1)
		bob.say(`{"type":"seek","id":"b%d","position":%d}`, n, n+1000)
	}
	seen := make([][]string, 2)
	var reading sync.WaitGroup
	for i, c := range []*client{alice, bob} {
		reading.Go(func() {
			for last := uint64(0); len(seen[i]) < 2*each; {
				m := c.next()
				if m.Seq != last+1 {
					t.Errorf("seq %d after %d", m.Seq, last)
					return
				}
				last = m.Seq
				seen[i] = append(seen[i], m.Cause.ID)
			}
		})
	}
	reading.Wait()
	if fmt.Sprint(seen[0]) != fmt.Sprint(seen[1]) {
		t.Error("not in the same order")
	}
}

func TestAnIDTakesEffectOnceAndAChangeOfNothingIsAcknowledged(t *testing.T) {
	alice := enter(t, process(t), rand.Text())
	// One after another: a timeline comes by way of Redis, an ack doesn't, and may be there before an earlier timeline.
	for _, one := range []struct {
		said string
		want message
	}{
		{`{"type":"play","id":"1"}`, message{Type: "timeline", Seq: 1}},
		{`{"type":"pause","id":"2"}`, message{Type: "timeline", Seq: 2}},
		{`{"type":"play","id":"1"}`, message{Type: "ack", ID: "1", Seq: 2}},
		{`{"type":"pause","id":"3"}`, message{Type: "ack", ID: "3", Seq: 2}},
	} {
		alice.say("%s", one.said)
		if m := alice.next(); m.Type != one.want.Type || m.Seq != one.want.Seq || m.ID != one.want.ID {
			t.Errorf("%s: expected %+v, got %+v", one.said, one.want, m)
		}
	}
}

func TestAStartIsScheduledForWhoIsFarthestInAnyProcess(t *testing.T) {
	room := rand.Text()
	alice, bob := enter(t, process(t), room), enter(t, process(t), room)
	bob.say(`{"type":"clock","t0":1,"down":140}`)
	if m := bob.next(); m.Type != "clock" || m.T0 != 1 || m.T2 < m.T1 {
		t.Errorf("got %+v", m)
	}
	bob.say(`{"type":"seek","id":"1","position":5}`) // after it the other process has heard of the way
	alice.next()
	now := roomClock()
	alice.say(`{"type":"play","id":"1"}`)
	if m := alice.next(); m.State != playing || m.Anchor-now < .2 || m.Anchor-roomClock() > .2 {
		t.Errorf("anchored %.3f s ahead", m.Anchor-now)
	}
}

func TestWhoDoesNotReadIsCutOffAndTheOthersGoOn(t *testing.T) {
	code := rand.Text()
	address, h := start(t)
	alice := enter(t, address, code)
	small := websocket.Dialer{NetDial: func(network, address string) (net.Conn, error) {
		connection, err := net.Dial(network, address)
		if err == nil {
			err = connection.(*net.TCPConn).SetReadBuffer(4096)
		}
		return connection, err
	}}
	stalled, _, err := small.Dial(address+"/ws/rooms/"+code+"/", http.Header{"Authorization": {"Bearer bob"}})
	if err != nil {
		t.Fatal(err)
	}
	defer stalled.Close()
	var welcome message
	if err := stalled.ReadJSON(&welcome); err != nil || welcome.Type != "welcome" {
		t.Fatalf("got %+v, %v", welcome, err)
	}
	r := h.room(channelOf(code))
	people := func() int {
		r.mu.Lock()
		defer r.mu.Unlock()
		return len(r.people)
	}
	for n := range 30_000 { // more than the kernel and the queue hold for who is stalled
		id := fmt.Sprint(n)
		alice.say(`{"type":"seek","id":"%s","position":%d}`, id, n+1)
		m := alice.next()
		for m.Type == "timeline" && m.Cause.ID != id { // of a command that Redis, short of time, had answered too late
			m = alice.next()
		}
		if m.Code != "unavailable" && (m.Type != "timeline" || m.Position != float64(n+1)) {
			t.Fatalf("got %+v", m)
		}
		if people() == 1 {
			return
		}
	}
	t.Error("it was never cut off")
}

func TestNonsenseIsRefused(t *testing.T) {
	alice := enter(t, process(t), rand.Text())
	for _, text := range []string{`[`, `{"type":"seek","id":"1"}`, `{"type":"rate","id":"1","rate":9}`, `{"type":"clock"}`, `{}`, `{"type":"status","state":"x"}`} {
		alice.say("%s", text)
		if m := alice.next(); m.Type != "error" || m.Code != "bad_message" {
			t.Errorf("%s: got %+v", text, m)
		}
	}
}

func TestNobodyEntersWithoutAToken(t *testing.T) {
	_, answer, err := websocket.DefaultDialer.Dial(process(t)+"/ws/rooms/x/", nil)
	if err == nil || answer.StatusCode != http.StatusUnauthorized {
		t.Errorf("got %v, %v", answer, err)
	}
}
