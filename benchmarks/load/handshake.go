package main

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	subprotocol = "watchparty.v1"
	joinTimeout = 20 * time.Second
	// What a participant that never reads lets the kernel hold for it: as little as it allows.
	stalledReceiveBytes = 4096
)

// entry is a connection that has been joined: its welcome has been read.
type entry struct {
	fd   int    // non-blocking and ours alone
	seq  int64  // of the welcome's timeline
	rest []byte // what came after the welcome
}

// errTryAgain is a close with 1013: something that is needed to admit is down, and a client tries again with backoff.
var errTryAgain = errors.New("closed with 1013")

// Six tries in about 13 s.
const longestPause = 6400 * time.Millisecond

// join enters a room, again with backoff where the protocol says so.
func join(address, room, token string, stalled bool) (e entry, err error) {
	for pause := 200 * time.Millisecond; ; pause *= 2 {
		e, err = joinOnce(address, room, token, stalled)
		if !errors.Is(err, errTryAgain) || pause > longestPause {
			return e, err
		}
		time.Sleep(pause)
	}
}

// joinOnce opens a socket to a room with an access token and reads up to the welcome.
func joinOnce(address, room, token string, stalled bool) (entry, error) {
	dialer := net.Dialer{Timeout: joinTimeout}
	if stalled {
		dialer.Control = func(_, _ string, raw syscall.RawConn) error {
			var failed error
			err := raw.Control(func(fd uintptr) {
				failed = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUF, stalledReceiveBytes)
			})
			return errors.Join(err, failed)
		}
	}
	connection, err := dialer.Dial("tcp", address)
	if err != nil {
		return entry{}, err
	}
	defer connection.Close()
	if err := connection.SetDeadline(time.Now().Add(joinTimeout)); err != nil {
		return entry{}, err
	}
	reader := bufio.NewReader(connection)
	if err := upgrade(connection, reader, address, room, token); err != nil {
		return entry{}, fmt.Errorf("handshake: %w", err)
	}
	seq, rest, err := readWelcome(reader)
	if err != nil {
		return entry{}, fmt.Errorf("welcome: %w", err)
	}
	fd, err := takeDescriptor(connection.(*net.TCPConn))
	return entry{fd, seq, rest}, err
}

func upgrade(to io.Writer, from *bufio.Reader, address, room, token string) error {
	var nonce [16]byte
	rand.Read(nonce[:])
	key := base64.StdEncoding.EncodeToString(nonce[:])
	request := fmt.Sprintf("GET /ws/rooms/%s/ HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\nSec-WebSocket-Protocol: %s\r\n"+
		"Authorization: Bearer %s\r\n\r\n", room, address, key, subprotocol, token)
	if _, err := io.WriteString(to, request); err != nil {
		return err
	}
	answer, err := http.ReadResponse(from, nil)
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusSwitchingProtocols {
		return fmt.Errorf("expected 101, got %s", answer.Status)
	}
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	if answer.Header.Get("Sec-WebSocket-Accept") != base64.StdEncoding.EncodeToString(sum[:]) {
		return errors.New("the accept key is not the one for ours")
	}
	if extensions := answer.Header.Get("Sec-WebSocket-Extensions"); extensions != "" {
		return fmt.Errorf("the server chose an extension that was not offered: %s", extensions)
	}
	return nil
}

func readWelcome(reader *bufio.Reader) (seq int64, rest []byte, err error) {
	var s stream
	welcomed := false
	var closed []byte
	for chunk := make([]byte, 64<<10); !welcomed; {
		n, err := reader.Read(chunk)
		if err != nil {
			return 0, nil, err
		}
		data := append(s.partial, chunk[:n]...)
		s.partial = nil
		// One frame at a time: what follows the welcome belongs to the loop.
		for !welcomed {
			before := len(data)
			_, _, _, after, whole, err := cutFrame(data)
			if err != nil {
				return 0, nil, err
			}
			if !whole {
				break
			}
			err = s.feed(data[:before-len(after)], func(message []byte) {
				if welcomed = bytes.Contains(message, []byte(`"welcome"`)); welcomed {
					seq, _ = digits(afterKey(message, seqKey))
				}
			}, func(opcode byte, payload []byte) {
				if opcode == opClose {
					closed = bytes.Clone(payload)
				}
			})
			if err != nil {
				return 0, nil, err
			}
			if closed != nil {
				return 0, nil, closeReason(closed)
			}
			data = after
		}
		if s.partial = data; welcomed {
			rest = bytes.Clone(data)
		}
	}
	return seq, rest, nil
}

func closeReason(payload []byte) error {
	if len(payload) < 2 {
		return errors.New("closed without a code")
	}
	code := int(payload[0])<<8 | int(payload[1])
	if code == 1013 {
		return fmt.Errorf("%w %s", errTryAgain, payload[2:])
	}
	return fmt.Errorf("closed with %d %s", code, strings.TrimSpace(string(payload[2:])))
}

// takeDescriptor gives the socket to us: Go's own poller would wake for each delivery beside our loop.
func takeDescriptor(connection *net.TCPConn) (fd int, err error) {
	raw, err := connection.SyscallConn()
	if err != nil {
		return -1, err
	}
	var failed error
	err = raw.Control(func(theirs uintptr) { fd, failed = unix.FcntlInt(theirs, unix.F_DUPFD_CLOEXEC, 0) })
	return fd, errors.Join(err, failed)
}
