package main

import (
	"container/heap"
	"math/rand/v2"
	"time"
)

// step is one stretch of load.
type step struct {
	rate    float64       // commands per second and room; 0: closed loop, the next when the last one has reached everybody
	think   time.Duration // closed loop: the pause before the next
	warm    time.Duration // not measured
	measure time.Duration
	drain   time.Duration // how long what is under way may take at the end
	timeout time.Duration // closed loop: the next command goes out after this in any case
}

// stepRun is a step that is running.
type stepRun struct {
	step
	from, to int64 // what is due between is measured; nothing is sent after
}

// tally is what was seen in one step. Latencies run from the moment a command was due (open loop: a server that stalls
// can't hide its queue) or written (closed loop).
type tally struct {
	delivery, room, lag, clock histogram

	commands   int // sent, the warm-up's too
	measured   int // of them after the warm-up
	deliveries int // of the measured
	all        int // deliveries, the warm-up's too
	lost       int
	duplicated int
	reordered  int
	late       int // deliveries of an earlier step's commands
	refused    int // answered with error or ack
	unanswered int // closed loop: not with everybody within the time-out
	gone       int // connections that the server ended
	lastAt     int64
	from       int64
}

// run does one step: the warm-up, the measurement, then the wait for what is under way.
func (l *loop) run(s step, rooms []*room) (*tally, error) {
	start := now() + int64(2*time.Millisecond)
	l.step = &stepRun{s, start + int64(s.warm), start + int64(s.warm+s.measure)}
	l.tally, l.open = &tally{from: l.step.from}, 0
	goneBefore := l.gone
	l.agenda = l.agenda.without(sendCommand, checkAnswered) // an earlier step's
	// The rooms' commands are spread at random, not in a beat, but each step alike: where two rooms meet in each of their
	// turns decides about p99, and steps are compared.
	phases := rand.New(rand.NewPCG(1, 2))
	for _, r := range rooms {
		r.ledger.begin()
		at := start
		if s.rate > 0 {
			at += int64(phases.Float64() * 1e9 / s.rate)
		} else if s.think > 0 {
			at += phases.Int64N(int64(s.think))
		}
		heap.Push(&l.agenda, event{at: at, what: sendCommand, room: r})
	}
	if err := l.until(l.step.to, never); err != nil {
		return nil, err
	}
	settled := func() bool { return l.open <= 0 }
	if err := l.until(l.step.to+int64(s.drain), settled); err != nil {
		return nil, err
	}
	for _, r := range rooms {
		l.tally.lost += r.ledger.missing()
	}
	l.tally.gone = l.gone - goneBefore
	return l.tally, nil
}

func (l *loop) command(r *room, due int64) {
	if due >= l.step.to {
		return
	}
	host := r.people[0]
	if host == nil || host.gone {
		return // counted among the gone
	}
	moment := now()
	if l.step.rate > 0 {
		heap.Push(&l.agenda, event{at: due + int64(1e9/l.step.rate), what: sendCommand, room: r})
	} else {
		due = moment
	}
	measured := due >= l.step.from
	number := r.ledger.sent(due, measured)
	l.open++
	l.tally.commands++
	if measured {
		l.tally.measured++
		l.tally.lag.add(moment - due)
	}
	if l.step.rate == 0 {
		heap.Push(&l.agenda, event{at: due + int64(l.step.timeout), what: checkAnswered, room: r, number: number})
	}
	l.scratch = appendCommand(l.scratch[:0], number)
	l.write(host, opText, l.scratch)
}

// check sends the next command of a closed loop whose last one has not reached everybody in time.
func (l *loop) check(r *room, number int) {
	if number == len(r.ledger.due)-1 && number >= r.ledger.first && int(r.ledger.reached[number]) < r.ledger.readers {
		l.tally.unanswered++
		l.command(r, now())
	}
}

// read enters one message of the server.
func (l *loop) read(p *participant, message []byte) {
	switch kindOf(message) {
	case timeline:
		l.deliver(p, message)
	case clock:
		if asked, ok := echoed(message); ok {
			l.tally.clock.add(l.readAt - asked*1000)
		}
	case refusal:
		l.tally.refused++
	case crowd:
		l.crowd++
	case other:
	}
}

func (l *loop) deliver(p *participant, message []byte) {
	ledger, t := &p.room.ledger, l.tally
	seq, number := delivered(message)
	if number < 0 {
		p.receipt.seq = max(p.receipt.seq, seq)
		return
	}
	v := ledger.take(&p.receipt, number, seq)
	switch {
	case !v.known:
		return // another generator's, in the same room
	case v.duplicate:
		t.duplicated++
		return
	case v.reordered:
		t.reordered++
	}
	if number < ledger.first {
		t.late++
		return
	}
	t.all++
	took := l.readAt - ledger.due[number]
	if ledger.measured(number) {
		t.deliveries++
		t.lastAt = l.readAt
		t.delivery.add(took)
		if v.last {
			t.room.add(took)
		}
	}
	if !v.last {
		return
	}
	l.open--
	if l.step.rate == 0 && number == len(ledger.due)-1 {
		if l.step.think > 0 {
			heap.Push(&l.agenda, event{at: l.readAt + int64(l.step.think), what: sendCommand, room: p.room})
		} else {
			l.command(p.room, now())
		}
	}
}
