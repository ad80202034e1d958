package main

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestQuantilesAreWithinOnePercent(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var h histogram
	var all []float64
	for range 20_000 {
		ns := math.Exp(random.NormFloat64()*2 + 13) // around 0.4 ms, from microseconds to seconds
		h.add(int64(ns))
		all = append(all, ns/1e6)
	}
	slices.Sort(all)
	for _, q := range []float64{.01, .5, .9, .99, .999, 1} {
		want := all[int(math.Ceil(q*float64(len(all))))-1]
		if got := h.quantile(q); math.Abs(got-want) > want*.01 {
			t.Errorf("%g: expected %.4f ms, got %.4f", q, want, got)
		}
	}
}

func TestEachBucketHoldsItsMiddle(t *testing.T) {
	for value := uint64(0); value < 1<<40; value += 1 + value/97 {
		bucket := bucketOf(value)
		if middle := middleOf(bucket); math.Abs(middle-float64(value)) > float64(value)*.008 {
			t.Fatalf("%d is in bucket %d, around %.1f", value, bucket, middle)
		}
	}
}

func TestNothingMeasuredIsZero(t *testing.T) {
	if s := (&histogram{}).spread(); s != (spread{}) {
		t.Errorf("got %+v", s)
	}
}

func TestATimeBeforeItsCauseCountsAsNone(t *testing.T) {
	var h histogram
	h.add(-5)
	if h.quantile(1) != 0 || h.count != 1 {
		t.Errorf("got %g of %d", h.quantile(1), h.count)
	}
}
