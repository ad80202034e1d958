package main

import (
	"container/heap"
	"slices"
)

type what int

const (
	sendCommand what = iota
	checkAnswered
	askClock
)

// event is something that is due at a moment.
type event struct {
	at     int64
	what   what
	room   *room
	number int
}

type agenda []event

func (a agenda) Len() int           { return len(a) }
func (a agenda) Less(i, j int) bool { return a[i].at < a[j].at }
func (a agenda) Swap(i, j int)      { a[i], a[j] = a[j], a[i] }
func (a *agenda) Push(e any)        { *a = append(*a, e.(event)) }
func (a *agenda) Pop() any {
	last := len(*a) - 1
	e := (*a)[last]
	*a = (*a)[:last]
	return e
}

// without is the agenda less the events of these kinds.
func (a agenda) without(kinds ...what) agenda {
	kept := slices.DeleteFunc(a, func(e event) bool { return slices.Contains(kinds, e.what) })
	heap.Init(&kept)
	return kept
}

// fire does what is due and returns the time.
func (l *loop) fire() int64 {
	moment := now()
	for len(l.agenda) > 0 && l.agenda[0].at <= moment {
		e := heap.Pop(&l.agenda).(event)
		switch e.what {
		case askClock:
			l.askNext(e.at)
		case sendCommand:
			l.command(e.room, e.at)
		case checkAnswered:
			l.check(e.room, e.number)
		}
		moment = now()
	}
	return moment
}

// askNext lets the next participant send its clock message, so that all have sent one within askEvery.
func (l *loop) askNext(at int64) {
	if l.nextAsk >= len(l.joined) {
		l.nextAsk = 0
		l.sweep()
	}
	gap := l.askEvery
	if len(l.joined) > 0 {
		l.scratch = appendClock(l.scratch[:0], now()/1000, l.down)
		l.write(l.joined[l.nextAsk], opText, l.scratch)
		l.nextAsk++
		gap /= int64(len(l.joined))
	}
	// After a stall of the generator's own the asking goes on from now: a burst would be no heartbeat.
	heap.Push(&l.agenda, event{at: max(at+gap, now()-l.askEvery), what: askClock})
}

func (l *loop) sweep() {
	kept := l.joined[:0]
	for _, p := range l.joined {
		if !p.gone {
			kept = append(kept, p)
		}
	}
	l.joined = kept
}
