package main

import (
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// account is a room and the access tokens of its people, the host's first, as manage.py seed_bench prints them.
type account struct {
	Room  string   `json:"room"`
	Users []string `json:"users"`
}

func readAccounts(file string, rooms, participants int) ([]account, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var accounts []account
	if err := json.Unmarshal(text, &accounts); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if len(accounts) < rooms {
		return nil, fmt.Errorf("%s: expected %d rooms, found %d", file, rooms, len(accounts))
	}
	for _, a := range accounts[:rooms] {
		if len(a.Users) < participants {
			return nil, fmt.Errorf("%s: expected %d people in room %s, found %d", file, participants, a.Room, len(a.Users))
		}
	}
	return accounts[:rooms], nil
}

// crew is who should be connected.
type crew struct {
	addresses    []string // participants are spread over them in turn
	accounts     []account
	rooms        []*room
	participants int
	stalled      int // the last of each room
	dialers      int
}

func newCrew(addresses []string, accounts []account, participants, stalled, dialers int) *crew {
	c := &crew{addresses: addresses, accounts: accounts, participants: participants, stalled: stalled, dialers: dialers}
	for _, a := range accounts {
		c.rooms = append(c.rooms, &room{code: a.Room, people: make([]*participant, participants),
			ledger: ledger{readers: participants - stalled}})
	}
	return c
}

type arrival struct {
	room, place int
	entry       entry
	err         error
}

// muster joins everybody who isn't there: all at first, later those whom the server has cut off. The loop runs on
// meanwhile, so that nobody's heartbeat is late. Hosts come first, as in a real party.
func (c *crew) muster(l *loop) error {
	var missing []arrival
	for place := range c.participants {
		for number, r := range c.rooms {
			if p := r.people[place]; p == nil || p.gone {
				missing = append(missing, arrival{room: number, place: place})
			} else if p.stalled { // the server may have cut it off, which nobody here reads
				l.drop(p)
				missing = append(missing, arrival{room: number, place: place})
			}
		}
	}
	return c.bring(l, missing)
}

// bring joins them with a bounded number of dialers.
func (c *crew) bring(l *loop, who []arrival) error {
	jobs, arrived := make(chan arrival), make(chan arrival, c.dialers)
	var givenUp atomic.Bool
	go func() {
		defer close(jobs)
		for _, one := range who {
			if givenUp.Load() {
				return
			}
			jobs <- one
		}
	}()
	var dialing sync.WaitGroup
	for range c.dialers {
		dialing.Go(func() {
			for one := range jobs {
				a := c.accounts[one.room]
				token := a.Users[one.place%len(a.Users)]
				one.entry, one.err = join(c.addresses[one.place%len(c.addresses)], a.Room, token, c.isStalled(one.place))
				arrived <- one
			}
		})
	}
	go func() {
		dialing.Wait()
		close(arrived)
	}()
	var failed error
	finished := false
	for !finished {
		err := l.until(now()+int64(10*time.Millisecond), func() bool {
			for {
				select {
				case one, more := <-arrived:
					if finished = !more; finished {
						return true
					}
					if one.err == nil {
						one.err = l.admit(c.rooms[one.room], one.place, one.entry, c.isStalled(one.place))
					}
					if one.err != nil && failed == nil {
						failed = fmt.Errorf("participant %d of room %s: %w", one.place, c.accounts[one.room].Room, one.err)
						givenUp.Store(true)
					}
				default:
					return false
				}
			}
		})
		if err != nil {
			return err
		}
	}
	return failed
}

func (c *crew) isStalled(place int) bool {
	return place >= c.participants-c.stalled && place < c.participants
}

// park pauses every room, whatever an earlier run has left it in, so that the first play changes something.
func (c *crew) park(l *loop) error {
	for _, r := range c.rooms {
		l.write(r.people[0], opText, []byte(`{"type":"pause","id":"park"}`))
	}
	return l.until(now()+int64(300*time.Millisecond), never)
}

func (c *crew) connected() int {
	count := 0
	for _, r := range c.rooms {
		for _, p := range r.people {
			if p != nil && !p.gone {
				count++
			}
		}
	}
	return count
}
