package main

import (
	"container/heap"
	"fmt"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// now is the generator's clock in ns; it never steps.
func now() int64 { return int64(time.Since(birth)) }

var birth = time.Now()

// participant is one connection; only the loop touches it after it has joined.
type participant struct {
	fd      int
	room    *room
	place   int // 0 is the host
	stalled bool
	gone    bool
	unsent  []byte
	stream  stream
	receipt receipt
	text    func([]byte)
	control func(byte, []byte)
}

type room struct {
	code   string
	people []*participant // nil: not there
	ledger ledger
}

// loop carries all connections in one thread: it waits for the kernel, reads, enters, and sends what is due.
type loop struct {
	epoll    int
	timer    int            // in the epoll set, edge-triggered: it wakes the loop and is never read
	armed    int64          // for when
	byFD     []*participant // by descriptor; nil: none of ours
	joined   []*participant // in the order of joining; who is gone stays until swept
	nextAsk  int
	askEvery int64
	down     float64
	agenda   agenda
	buffer   []byte
	frame    []byte
	readAt   int64
	scratch  []byte
	step     *stepRun
	tally    *tally
	open     int // measured commands that have not reached everybody
	gone     int // connections that the server ended
	crowd    int // presence and roster messages
	bytes    int64
}

func newLoop(askEvery time.Duration, down float64) (*loop, error) {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, err
	}
	timer, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return nil, err
	}
	wakes := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLET, Fd: int32(timer)}
	if err := unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, timer, &wakes); err != nil {
		return nil, err
	}
	runtime.LockOSThread()
	// 1 ns instead of the usual 50 µs: what is due must go out on time.
	if err := unix.Prctl(unix.PR_SET_TIMERSLACK, 1, 0, 0, 0); err != nil {
		return nil, err
	}
	l := &loop{epoll: epoll, timer: timer, byFD: make([]*participant, timer+1), askEvery: int64(askEvery), down: down,
		buffer: make([]byte, 256<<10), tally: &tally{}}
	heap.Push(&l.agenda, event{at: now(), what: askClock})
	return l, nil
}

// admit takes a joined connection into the loop.
func (l *loop) admit(r *room, place int, e entry, stalled bool) error {
	p := &participant{fd: e.fd, room: r, place: place, stalled: stalled}
	p.receipt.seq, p.receipt.highest = e.seq, len(r.ledger.due)-1
	p.text = func(message []byte) { l.read(p, message) }
	p.control = func(opcode byte, payload []byte) { l.answerControl(p, opcode, payload) }
	for len(r.people) <= place {
		r.people = append(r.people, nil)
	}
	r.people[place] = p
	if stalled {
		return nil
	}
	for len(l.byFD) <= p.fd {
		l.byFD = append(l.byFD, nil)
	}
	l.byFD[p.fd] = p
	l.joined = append(l.joined, p)
	l.readAt = now()
	if err := p.stream.feed(e.rest, p.text, p.control); err != nil {
		return err
	}
	return unix.EpollCtl(l.epoll, unix.EPOLL_CTL_ADD, p.fd, &unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(p.fd)})
}

// drop closes a connection; the kernel forgets its place in the epoll set with it.
func (l *loop) drop(p *participant) {
	if !p.gone {
		p.gone = true
		if !p.stalled {
			l.byFD[p.fd] = nil
		}
		unix.Close(p.fd)
	}
}

// until runs the loop until a moment, or until done says so.
func (l *loop) until(end int64, done func() bool) error {
	events := make([]unix.EpollEvent, 256)
	for !done() {
		moment := l.fire()
		if moment >= end {
			return nil
		}
		wake := end
		if len(l.agenda) > 0 {
			wake = min(wake, l.agenda[0].at)
		}
		if err := l.arm(wake, moment); err != nil {
			return fmt.Errorf("timer: %w", err)
		}
		ready, err := unix.EpollWait(l.epoll, events, -1)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return fmt.Errorf("epoll: %w", err)
		}
		for i, e := range events[:ready] {
			p := l.byFD[e.Fd]
			if p == nil {
				continue
			}
			if e.Events&unix.EPOLLOUT != 0 {
				l.flush(p)
			}
			if e.Events&^unix.EPOLLOUT != 0 {
				l.receive(p)
			}
			if i%16 == 15 { // what falls due meanwhile goes out between two reads, not after all of them
				l.fire()
			}
		}
	}
	return nil
}

func never() bool { return false }

// arm sets the timer to a moment, unless it is: a time-out given with each wait would be set up and taken down each time.
func (l *loop) arm(at, moment int64) error {
	if l.armed == at && at > moment {
		return nil
	}
	l.armed = at
	wait := unix.ItimerSpec{Value: unix.NsecToTimespec(max(at-moment, 1))} // 0 would disarm it
	return unix.TimerfdSettime(l.timer, 0, &wait, nil)
}

// receive reads what a socket holds, once: the others are waiting.
func (l *loop) receive(p *participant) {
	n, err := unix.Read(p.fd, l.buffer)
	if err == unix.EAGAIN || err == unix.EINTR {
		return
	}
	if err != nil || n <= 0 {
		l.lose(p)
		return
	}
	l.readAt = now()
	l.bytes += int64(n)
	if p.stream.feed(l.buffer[:n], p.text, p.control) != nil {
		l.lose(p)
	}
}

// lose is a connection ended by the server, or by its nonsense.
func (l *loop) lose(p *participant) {
	if !p.gone {
		l.gone++
		l.drop(p)
	}
}

func (l *loop) answerControl(p *participant, opcode byte, payload []byte) {
	switch opcode {
	case opPing:
		l.write(p, opPong, payload)
	case opClose:
		l.lose(p)
	}
}

func (l *loop) write(p *participant, opcode byte, payload []byte) {
	if p == nil || p.gone {
		return
	}
	l.frame = appendFrame(l.frame[:0], opcode, payload)
	if len(p.unsent) > 0 {
		p.unsent = append(p.unsent, l.frame...)
		return
	}
	l.push(p, l.frame)
}

func (l *loop) flush(p *participant) {
	unsent := p.unsent
	p.unsent = nil
	l.push(p, unsent)
	if len(p.unsent) == 0 && !p.gone {
		l.watch(p, unix.EPOLLIN)
	}
}

func (l *loop) push(p *participant, data []byte) {
	n, err := unix.Write(p.fd, data)
	if err == unix.EAGAIN || err == unix.EINTR {
		n, err = 0, nil
	}
	if err != nil {
		l.lose(p)
		return
	}
	if n < len(data) {
		p.unsent = append(p.unsent, data[n:]...)
		l.watch(p, unix.EPOLLIN|unix.EPOLLOUT)
	}
}

func (l *loop) watch(p *participant, events uint32) {
	if err := unix.EpollCtl(l.epoll, unix.EPOLL_CTL_MOD, p.fd, &unix.EpollEvent{Events: events, Fd: int32(p.fd)}); err != nil {
		l.lose(p)
	}
}
