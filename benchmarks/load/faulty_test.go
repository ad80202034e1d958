package main

import (
	"bufio"
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// faultyServer speaks enough of the protocol for one room's commands, and does wrong what fault says.
type faultyServer struct {
	mu     sync.Mutex
	seq    int
	people []net.Conn
	held   [][]byte // by place: a delivery that is held back
	fault  func(number, place int) fault
	later  int // so many are told 1013 first
}

type fault int

const (
	none fault = iota
	lose
	twice
	swap
	oldSeq
	hangUp
)

func startFaulty(t *testing.T, misbehave func(number, place int) fault) string {
	t.Helper()
	return serve(t, &faultyServer{fault: misbehave})
}

func serve(t *testing.T, s *faultyServer) string {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(func() {
		server.Close()
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, c := range s.people {
			c.Close()
		}
	})
	return strings.TrimPrefix(server.URL, "http://")
}

func (s *faultyServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	connection, buffered, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	sum := sha1.Sum([]byte(r.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	s.mu.Lock()
	s.people, s.held = append(s.people, connection), append(s.held, nil)
	fmt.Fprintf(connection, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Accept: %s\r\n\r\n", base64.StdEncoding.EncodeToString(sum[:]))
	if s.later > 0 {
		s.later--
		connection.Write(serverFrame(0x88, "\x03\xf5unavailable"))
		connection.Close()
		s.people, s.held = s.people[:len(s.people)-1], s.held[:len(s.held)-1]
		s.mu.Unlock()
		return
	}
	connection.Write(serverFrame(0x81, fmt.Sprintf(`{"type":"welcome","timeline":{"seq":%d}}`, s.seq)))
	s.mu.Unlock()
	for {
		message, err := readClientFrame(buffered.Reader)
		if err != nil {
			return
		}
		var command struct {
			Type string
			ID   json.Number `json:"id"`
			T0   int64
		}
		if json.Unmarshal(message, &command) != nil { // "park" is no number: not of interest here
			continue
		}
		if number, err := command.ID.Int64(); err == nil {
			s.tell(int(number))
		} else if command.Type == "clock" {
			s.mu.Lock()
			connection.Write(serverFrame(0x81, fmt.Sprintf(`{"type":"clock","t0":%d}`, command.T0)))
			s.mu.Unlock()
		}
	}
}

func (s *faultyServer) tell(number int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seq++
	for place, to := range s.people {
		wrong := s.fault(number, place)
		seq := s.seq
		if wrong == oldSeq {
			seq = 1
		}
		frame := serverFrame(0x81, fmt.Sprintf(`{"type":"timeline","seq":%d,"cause":{"action":"seek","by":"1","id":"%d"}}`, seq, number))
		switch wrong {
		case lose:
			continue
		case swap: // comes after the next one
			s.held[place] = frame
			continue
		case hangUp:
			to.Close()
		}
		to.Write(frame)
		if wrong == twice {
			to.Write(frame)
		}
		if s.held[place] != nil {
			to.Write(s.held[place])
			s.held[place] = nil
		}
	}
}

func readClientFrame(r *bufio.Reader) ([]byte, error) {
	head := make([]byte, 2)
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, err
	}
	length := int(head[1] & 0x7F)
	if length == 126 {
		wide := make([]byte, 2)
		if _, err := io.ReadFull(r, wide); err != nil {
			return nil, err
		}
		length = int(binary.BigEndian.Uint16(wide))
	}
	rest := make([]byte, 4+length)
	_, err := io.ReadFull(r, rest)
	return bytes.Clone(rest[4:]), err
}
