package main

// ledger keeps account of one room: which command went out when, and who has got it. Commands are numbered through the
// whole life of the room; a step measures those from `first` on.
type ledger struct {
	due     []int64 // by number: when it was due (open loop) or written (closed loop)
	reached []int32 // by number: how many participants have it
	first   int     // the step's first command
	counted int     // the first that is measured, after the warm-up; -1: none yet
	readers int     // participants that read
}

// receipt is one participant's side of the ledger.
type receipt struct {
	got     []uint64 // a bit for each command
	highest int
	seq     int64
}

func (l *ledger) begin() {
	l.first, l.counted = len(l.due), -1
}

// sent notes the next command and returns its number.
func (l *ledger) sent(due int64, measured bool) int {
	number := len(l.due)
	l.due = append(l.due, due)
	l.reached = append(l.reached, 0)
	if measured && l.counted < 0 {
		l.counted = number
	}
	return number
}

func (l *ledger) measured(number int) bool { return l.counted >= 0 && number >= l.counted }

type verdict struct {
	known, duplicate, reordered, last bool
}

// take enters a delivery. One that comes after a later command, or whose seq is not higher than the last, is reordered.
func (l *ledger) take(r *receipt, number int, seq int64) verdict {
	if number < 0 || number >= len(l.due) {
		return verdict{}
	}
	for len(r.got) <= number>>6 {
		r.got = append(r.got, 0)
	}
	bit := uint64(1) << (number & 63)
	if r.got[number>>6]&bit != 0 {
		return verdict{known: true, duplicate: true}
	}
	r.got[number>>6] |= bit
	reordered := number < r.highest || seq <= r.seq
	r.highest, r.seq = max(r.highest, number), max(r.seq, seq)
	l.reached[number]++
	return verdict{known: true, reordered: reordered, last: int(l.reached[number]) == l.readers}
}

// missing is how many deliveries of the measured commands have not come.
func (l *ledger) missing() int {
	lost := 0
	if l.counted < 0 {
		return 0
	}
	for _, reached := range l.reached[l.counted:] {
		lost += l.readers - int(reached)
	}
	return lost
}
