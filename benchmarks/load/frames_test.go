package main

import (
	"bytes"
	"errors"
	"slices"
	"testing"
)

// serverFrame is a frame as a server sends it: not masked.
func serverFrame(first byte, payload string) []byte {
	frame := []byte{first}
	switch n := len(payload); {
	case n < 126:
		frame = append(frame, byte(n))
	case n < 1<<16:
		frame = append(frame, 126, byte(n>>8), byte(n))
	default:
		frame = append(frame, 127, 0, 0, 0, 0, byte(n>>24), byte(n>>16), byte(n>>8), byte(n))
	}
	return append(frame, payload...)
}

func TestAStreamGivesTheSameMessagesHoweverItIsCut(t *testing.T) {
	long, huge := string(bytes.Repeat([]byte("x"), 300)), string(bytes.Repeat([]byte("y"), 70_000))
	wire := slices.Concat(serverFrame(0x81, "one"), serverFrame(0x01, "tw"), serverFrame(0x89, "ping"),
		serverFrame(0x80, "o"), serverFrame(0x81, long), serverFrame(0x81, huge), serverFrame(0x81, ""))
	want := []string{"one", "two", long, huge, ""}
	for _, size := range []int{1, 2, 3, 7, 129, 4096, len(wire)} {
		var s stream
		var got, pings []string
		for chunk := range slices.Chunk(wire, size) {
			err := s.feed(bytes.Clone(chunk), func(m []byte) { got = append(got, string(m)) },
				func(opcode byte, p []byte) { pings = append(pings, string(p)) })
			if err != nil {
				t.Fatalf("cut at %d: %v", size, err)
			}
		}
		if !slices.Equal(got, want) || !slices.Equal(pings, []string{"ping"}) {
			t.Fatalf("cut at %d: got %d messages and %v", size, len(got), pings)
		}
	}
}

func TestNonsenseIsRefused(t *testing.T) {
	for name, one := range map[string]struct {
		wire []byte
		want error
	}{
		"reserved bits":         {serverFrame(0xC1, "a"), errReserved},
		"masked":                {appendFrame(nil, opText, []byte("a")), errMasked},
		"too large":             {[]byte{0x81, 127, 0, 0, 1, 0, 0, 0, 0, 0}, errTooLarge},
		"too large by the sign": {[]byte{0x81, 127, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}, errTooLarge},
		"no beginning":          {serverFrame(0x80, "a"), errFragments},
		"one in another":        {slices.Concat(serverFrame(0x01, "a"), serverFrame(0x81, "b")), errFragments},
	} {
		var s stream
		err := s.feed(one.wire, func([]byte) {}, func(byte, []byte) {})
		if !errors.Is(err, one.want) {
			t.Errorf("%s: expected %v, got %v", name, one.want, err)
		}
	}
}

func TestAClientsFrameSaysItsLength(t *testing.T) {
	for length, head := range map[int][]byte{
		5:      {0x81, 0x85},
		126:    {0x81, 0xFE, 0, 126},
		70_000: {0x81, 0xFF, 0, 0, 0, 0, 0, 1, 0x11, 0x70},
	} {
		frame := appendFrame(nil, opText, make([]byte, length))
		if !bytes.HasPrefix(frame, head) || len(frame) != len(head)+4+length {
			t.Errorf("%d bytes: %v, %d in all", length, frame[:len(head)], len(frame))
		}
	}
}
