package main

import (
	"encoding/json"
	"testing"
)

const compact = `{"type":"timeline","seq":4294967299,"item":null,"position":12.5,"rate":1.0,"state":"playing","anchor":1.7e9,` +
	`"waiting_for":["7"],"cause":{"action":"play","by":"0b1c","id":"41"}}`

func TestATimelineGivesItsSeqAndItsCommand(t *testing.T) {
	spaced := `{"type": "timeline", "seq": 7, "cause": {"action": "seek", "by": "55", "id": "3"}}`
	reported := `{"type":"timeline","seq":9,"cause":{"action":"left","by":null,"id":null}}`
	parked := `{"type":"timeline","seq":9,"cause":{"action":"pause","by":"x","id":"park"}}`
	for message, want := range map[string][2]int{compact: {4294967299, 41}, spaced: {7, 3}, reported: {9, -1}, parked: {9, -1}} {
		seq, number := delivered([]byte(message))
		if kindOf([]byte(message)) != timeline || int(seq) != want[0] || number != want[1] {
			t.Errorf("%s: got %d, %d", message, seq, number)
		}
	}
}

func TestKinds(t *testing.T) {
	for message, want := range map[string]kind{
		`{"type":"clock","t0":5,"t1":1.0,"t2":1.0,"seq":1}`: clock,
		`{"type":"error","code":"forbidden"}`:               refusal,
		`{"type":"ack","id":"4","seq":2}`:                   refusal,
		`{"type":"roster","joined":[]}`:                     crowd,
		`{"type":"welcome","timeline":{"seq":1}}`:           other,
		`{"seq":1}`: other, ``: other, `{"type":`: other, `{"type":"timeline`: other,
	} {
		if got := kindOf([]byte(message)); got != want {
			t.Errorf("%s: expected %d, got %d", message, want, got)
		}
	}
}

func TestEveryCommandIsJSONAndFollowsOneThatItChanges(t *testing.T) {
	last := ""
	for n := range 9 {
		var command struct {
			Type, ID string
			Position *float64
		}
		if err := json.Unmarshal(appendCommand(nil, n), &command); err != nil {
			t.Fatal(err)
		}
		if command.Type == last || (command.Type == "seek") != (command.Position != nil) {
			t.Errorf("%d: %+v after %s", n, command, last)
		}
		last = command.Type
	}
}

func TestAClockMessageTellsTheWayOnlyIfAsked(t *testing.T) {
	for down, want := range map[float64]string{-1: `{"type":"clock","t0":7}`, 1.5: `{"type":"clock","t0":7,"down":1.5}`} {
		if got := string(appendClock(nil, 7, down)); got != want {
			t.Errorf("expected %s, got %s", want, got)
		}
	}
}
