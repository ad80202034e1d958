package main

// incoming is any message of a client; which keys count depends on its type.
type incoming struct {
	command
	T0    *float64 `json:"t0"`
	Down  *float64 `json:"down"`
	State string   `json:"state"`
}

type clockReply struct {
	Type string  `json:"type"`
	T0   float64 `json:"t0"`
	T1   float64 `json:"t1"`
	T2   float64 `json:"t2"`
	Seq  uint64  `json:"seq"`
}

type ack struct {
	Type string `json:"type"`
	ID   string `json:"id"`
	Seq  uint64 `json:"seq"`
}

type refusal struct {
	Type   string `json:"type"`
	ID     string `json:"id,omitempty"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

type participant struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Role      string `json:"role"`
	State     string `json:"state"`
	Connected bool   `json:"connected"`
}

type snapshot struct {
	Type             string            `json:"type"`
	Room             map[string]string `json:"room"`
	Timeline         Timeline          `json:"timeline"`
	Participants     []participant     `json:"participants"`
	ParticipantCount int               `json:"participant_count"`
	Now              float64           `json:"now"`
	ChatSeq          int               `json:"chat_seq"`
}

type welcome struct {
	Protocol  int            `json:"protocol"`
	Session   string         `json:"session"`
	You       participant    `json:"you"`
	Heartbeat map[string]int `json:"heartbeat"`
	snapshot
}

// A snapshot names so many people at most.
const named = 200

func (c *connection) participant() participant {
	return participant{c.id, c.name, "member", c.state, true}
}

// snapshot tells of the people in this process. The room's mutex must be held.
func (r *room) snapshot(kind string) snapshot {
	s := snapshot{Type: kind, Room: map[string]string{"code": r.code}, Timeline: r.timeline, Participants: []participant{},
		ParticipantCount: len(r.people), Now: roomClock()}
	for c := range r.people {
		if len(s.Participants) == named {
			break
		}
		s.Participants = append(s.Participants, c.participant())
	}
	return s
}

func (r *room) welcome(c *connection) welcome {
	heartbeat := map[string]int{"interval": int(heartbeatInterval.Seconds()), "timeout": int(heartbeatTimeout.Seconds())}
	return welcome{1, c.session, c.participant(), heartbeat, r.snapshot("welcome")}
}
