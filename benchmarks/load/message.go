package main

import (
	"bytes"
	"strconv"
)

// kind says what a message from the server is, as far as the generator cares (docs/protocol.md, "From the server").
type kind int

const (
	other kind = iota
	timeline
	clock
	refusal // an error or an ack: the command changed nothing
	crowd   // presence or roster
)

var (
	typeKey  = []byte(`"type"`)
	causeKey = []byte(`"cause"`)
	idKey    = []byte(`"id"`)
	seqKey   = []byte(`"seq"`)
	t0Key    = []byte(`"t0"`)
)

// kindOf reads the `type`, which every server of the protocol writes first or close to it.
// The messages are searched, not parsed: parsing 50,000 a second would take a core from the server that is measured.
func kindOf(message []byte) kind {
	value := afterKey(message, typeKey)
	if len(value) == 0 || value[0] != '"' {
		return other
	}
	end := bytes.IndexByte(value[1:], '"')
	if end < 0 {
		return other
	}
	switch string(value[1 : 1+end]) {
	case "timeline":
		return timeline
	case "clock":
		return clock
	case "error", "ack":
		return refusal
	case "presence", "roster":
		return crowd
	}
	return other
}

// delivered reads of a timeline its seq and the number in its cause's id; number is -1 if no command of ours caused it.
func delivered(message []byte) (seq int64, number int) {
	cause := bytes.Index(message, causeKey)
	if cause < 0 {
		return 0, -1
	}
	number = -1
	if id := afterKey(message[cause:], idKey); len(id) > 0 && id[0] == '"' {
		if n, ok := digits(id[1:]); ok {
			number = int(n)
		}
	}
	seq, _ = digits(afterKey(message, seqKey))
	return seq, number
}

// echoed reads the t0 of a clock reply: the time at which it was asked for.
func echoed(message []byte) (int64, bool) { return digits(afterKey(message, t0Key)) }

// afterKey is what follows a key's colon; nil without the key.
func afterKey(message, key []byte) []byte {
	at := bytes.Index(message, key)
	if at < 0 {
		return nil
	}
	rest := message[at+len(key):]
	for len(rest) > 0 && (rest[0] == ':' || rest[0] == ' ') {
		rest = rest[1:]
	}
	return rest
}

func digits(text []byte) (value int64, ok bool) {
	for _, c := range text {
		if c < '0' || c > '9' {
			break
		}
		value, ok = value*10+int64(c-'0'), true
	}
	return value, ok
}

// appendCommand writes the n-th command of a room. In turn: play, pause, seek. Each changes the timeline that the one before
// it has left, so each must be answered by a timeline to everybody.
func appendCommand(dst []byte, n int) []byte {
	action := [...]string{"play", "pause", "seek"}[n%3]
	dst = append(dst, `{"type":"`...)
	dst = append(dst, action...)
	dst = append(dst, `","id":"`...)
	dst = strconv.AppendInt(dst, int64(n), 10)
	dst = append(dst, '"')
	if action == "seek" {
		dst = append(dst, `,"position":`...)
		dst = strconv.AppendInt(dst, int64(n%7000), 10)
		dst = append(dst, `.5`...)
	}
	return append(dst, '}')
}

// appendClock writes a clock message; t0 is in microseconds. down is the way from the server in ms, told unless negative.
func appendClock(dst []byte, t0 int64, down float64) []byte {
	dst = append(dst, `{"type":"clock","t0":`...)
	dst = strconv.AppendInt(dst, t0, 10)
	if down >= 0 {
		dst = append(dst, `,"down":`...)
		dst = strconv.AppendFloat(dst, down, 'f', -1, 64)
	}
	return append(dst, '}')
}
