package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

//go:embed commit.lua
var commitSource string

var commitScript = redis.NewScript(commitSource)

const (
	storeTimeout = time.Second
	// The subscription is pinged when it has been silent for so long.
	silence = 10 * time.Second
	prefix  = "reference:"
)

// outcome of a commit.
type outcome int

const (
	stored outcome = iota
	stale          // somebody else was first; current holds
	repeated
)

// store keeps the rooms' timelines in Redis and tells all processes of a room.
type store struct {
	client *redis.Client
}

func openStore(url string) (*store, error) {
	options, err := redis.ParseURL(url)
	if err != nil {
		return nil, err
	}
	options.DialTimeout, options.ReadTimeout, options.WriteTimeout = storeTimeout, storeTimeout, storeTimeout
	options.DisableIdentity = true
	options.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	s := &store{redis.NewClient(options)}
	ctx, cancel := context.WithTimeout(context.Background(), 5*storeTimeout)
	defer cancel()
	return s, errors.Join(s.client.Ping(ctx).Err(), commitScript.Load(ctx, s.client).Err())
}

func roomKey(room string) string    { return prefix + "room:{" + room + "}" }
func appliedKey(room string) string { return prefix + "applied:{" + room + "}" }
func downKey(room string) string    { return prefix + "down:{" + room + "}" }
func channelOf(room string) string  { return prefix + "channel:" + room }

// load reads a room's timeline; a new room's is empty.
func (s *store) load(ctx context.Context, room string, now float64) (Timeline, error) {
	text, err := s.client.HGet(ctx, roomKey(room), "timeline").Bytes()
	if errors.Is(err, redis.Nil) {
		return emptyTimeline(now), nil
	}
	if err != nil {
		return Timeline{}, err
	}
	var t Timeline
	return t, json.Unmarshal(text, &t)
}

// commit stores next if the room is still at `expected`, and publishes message to every process of the room.
func (s *store) commit(ctx context.Context, room string, expected uint64, next Timeline, applied string, message []byte,
) (outcome, Timeline, error) {
	text, err := json.Marshal(next)
	if err != nil {
		return stored, next, err
	}
	answer, err := commitScript.Run(ctx, s.client, []string{roomKey(room), appliedKey(room)},
		strconv.FormatUint(expected, 10), strconv.FormatUint(next.Seq, 10), text, applied, channelOf(room), message).Slice()
	if err != nil {
		return stored, next, err
	}
	switch answer[0].(int64) {
	case 1:
		return stored, next, nil
	case 2:
		held, err := strconv.ParseUint(fmt.Sprint(answer[1]), 10, 64)
		return repeated, Timeline{Seq: held}, err
	}
	var current Timeline
	return stale, current, json.Unmarshal([]byte(fmt.Sprint(answer[1])), &current)
}

// tellDown shares the longest way to this process' participants, ms, with the other processes of the room.
func (s *store) tellDown(ctx context.Context, room, process string, down float64) error {
	value := strconv.FormatFloat(down, 'f', 1, 64)
	pipe := s.client.Pipeline()
	pipe.HSet(ctx, downKey(room), process, value)
	pipe.Expire(ctx, downKey(room), time.Hour)
	pipe.Publish(ctx, channelOf(room), downMark+process+" "+value)
	_, err := pipe.Exec(ctx)
	return err
}

func (s *store) forgetDown(ctx context.Context, room, process string) error {
	pipe := s.client.Pipeline()
	pipe.HDel(ctx, downKey(room), process)
	pipe.Publish(ctx, channelOf(room), downMark+process+" -1")
	_, err := pipe.Exec(ctx)
	return err
}

func (s *store) downs(ctx context.Context, room string) (map[string]float64, error) {
	texts, err := s.client.HGetAll(ctx, downKey(room)).Result()
	downs := make(map[string]float64, len(texts))
	for process, text := range texts {
		if value, err := strconv.ParseFloat(text, 64); err == nil {
			downs[process] = value
		}
	}
	return downs, err
}

// downMark begins a message about a process' longest way; a timeline begins with a brace.
const downMark = "d "
