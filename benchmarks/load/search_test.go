package main

import (
	"errors"
	"testing"
)

func TestTheSearchFindsTheLimit(t *testing.T) {
	for _, limit := range []float64{3, 10, 11, 37, 64, 99, 160, 500} {
		best, err := search(10, 160, .05, 40, func(rate float64) (bool, error) { return rate <= limit, nil })
		want := min(limit, 160)
		if err != nil || best > want || best < want*.94 {
			t.Errorf("limit %g: got %g, %v", limit, best, err)
		}
	}
}

func TestOneBadSecondIsTriedAgain(t *testing.T) {
	steps := 0
	best, _ := search(10, 20, .05, 40, func(rate float64) (bool, error) { steps++; return steps != 2, nil })
	if best != 20 || steps != 3 {
		t.Errorf("got %g after %d steps", best, steps)
	}
}

func TestTheSearchEnds(t *testing.T) {
	steps := 0
	best, _ := search(10, 160, .05, 12, func(float64) (bool, error) { steps++; return false, nil })
	if best != 0 || steps != 12 {
		t.Errorf("got %g after %d steps", best, steps)
	}
	broken := errors.New("no server")
	if _, err := search(10, 160, .05, 12, func(float64) (bool, error) { return false, broken }); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}
