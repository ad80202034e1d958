package main

import (
	"encoding/binary"
	"errors"
)

// WebSocket frames as RFC 6455, section 5.2 has them.
const (
	opContinuation = 0x0
	opText         = 0x1
	opClose        = 0x8
	opPing         = 0x9
	opPong         = 0xA
)

// largestFrame bounds what a server may make us hold.
const largestFrame = 4 << 20

var (
	errReserved  = errors.New("a frame with reserved bits, though no extension was agreed on")
	errMasked    = errors.New("a masked frame from the server")
	errTooLarge  = errors.New("a frame over 4 MiB")
	errFragments = errors.New("a continuation without a beginning, or a message inside another")
)

// appendFrame appends a client's frame. The mask key is zero: allowed, and the payload needs no work.
func appendFrame(dst []byte, opcode byte, payload []byte) []byte {
	dst = append(dst, 0x80|opcode)
	switch n := len(payload); {
	case n < 126:
		dst = append(dst, 0x80|byte(n))
	case n < 1<<16:
		dst = append(dst, 0x80|126)
		dst = binary.BigEndian.AppendUint16(dst, uint16(n))
	default:
		dst = append(dst, 0x80|127)
		dst = binary.BigEndian.AppendUint64(dst, uint64(n))
	}
	dst = append(dst, 0, 0, 0, 0)
	return append(dst, payload...)
}

// cutFrame takes the first frame off data. With too little data for one, whole is false and rest is data.
func cutFrame(data []byte) (opcode byte, final bool, payload, rest []byte, whole bool, err error) {
	if len(data) < 2 {
		return 0, false, nil, data, false, nil
	}
	if data[0]&0x70 != 0 {
		return 0, false, nil, data, false, errReserved
	}
	if data[1]&0x80 != 0 {
		return 0, false, nil, data, false, errMasked
	}
	head, length := 2, uint64(data[1])
	if length >= 126 {
		wide := 2
		if length == 127 {
			wide = 8
		}
		if len(data) < 2+wide {
			return 0, false, nil, data, false, nil
		}
		head, length = 2+wide, 0
		for _, b := range data[2:head] {
			length = length<<8 | uint64(b)
		}
	}
	if length > largestFrame {
		return 0, false, nil, data, false, errTooLarge
	}
	end := head + int(length)
	if len(data) < end {
		return 0, false, nil, data, false, nil
	}
	return data[0] & 0xF, data[0]&0x80 != 0, data[head:end], data[end:], true, nil
}

// stream puts the bytes of one connection together to messages.
type stream struct {
	partial  []byte // a frame of which the end is missing
	message  []byte // the fragments of a message so far
	inside   bool
	messages int
}

// feed calls text for each whole message in data and control for each ping and close.
// What it hands over is valid only during the call.
func (s *stream) feed(data []byte, text func([]byte), control func(opcode byte, payload []byte)) error {
	if len(s.partial) > 0 {
		s.partial = append(s.partial, data...)
		data = s.partial
	}
	for {
		opcode, final, payload, rest, whole, err := cutFrame(data)
		if err != nil {
			return err
		}
		if !whole {
			break
		}
		data = rest
		switch {
		case opcode >= opClose:
			control(opcode, payload)
		case (opcode == opContinuation) != s.inside:
			return errFragments
		case final && !s.inside:
			s.messages++
			text(payload)
		default:
			s.message = append(s.message, payload...)
			s.inside = !final
			if final {
				s.messages++
				text(s.message)
				s.message = s.message[:0]
			}
		}
	}
	s.partial = append(s.partial[:0], data...)
	return nil
}
