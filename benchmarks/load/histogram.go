package main

import (
	"math"
	"math/bits"
)

// histogram counts durations in buckets that are 0.8 % wide, from 100 ns up to hours: its memory has a bound and
// nothing is sampled away.
type histogram struct {
	buckets [64 * 64]uint32
	count   int
	largest int64
}

const (
	unit     = 100 // ns
	fineBits = 7   // 128 buckets between a power of two and the next but one
)

func bucketOf(value uint64) int {
	if value < 1<<fineBits {
		return int(value)
	}
	shift := bits.Len64(value) - fineBits
	return shift<<(fineBits-1) + int(value>>shift)
}

// middleOf is the value in the middle of a bucket.
func middleOf(bucket int) float64 {
	if bucket < 1<<fineBits {
		return float64(bucket)
	}
	shift := bucket>>(fineBits-1) - 1
	low := uint64(bucket-shift<<(fineBits-1)) << shift
	return float64(low) + float64(uint64(1)<<shift)/2
}

func (h *histogram) add(ns int64) {
	ns = max(ns, 0)
	h.buckets[min(bucketOf(uint64(ns/unit)), len(h.buckets)-1)]++
	h.count++
	h.largest = max(h.largest, ns)
}

// quantile is the smallest duration that a share q of all do not exceed, in ms; 0 if there are none.
func (h *histogram) quantile(q float64) float64 {
	if h.count == 0 {
		return 0
	}
	rank, seen := int(math.Ceil(q*float64(h.count))), 0
	for bucket, n := range h.buckets {
		seen += int(n)
		if seen >= max(rank, 1) {
			return min(middleOf(bucket)*unit, float64(h.largest)) / 1e6
		}
	}
	return float64(h.largest) / 1e6
}

// spread is what a report tells of a histogram, in ms.
type spread struct {
	Count int     `json:"count"`
	P50   float64 `json:"p50"`
	P90   float64 `json:"p90"`
	P99   float64 `json:"p99"`
	P999  float64 `json:"p999"`
	Max   float64 `json:"max"`
}

func (h *histogram) spread() spread {
	return spread{h.count, round3(h.quantile(.5)), round3(h.quantile(.9)), round3(h.quantile(.99)),
		round3(h.quantile(.999)), round3(float64(h.largest) / 1e6)}
}

func round3(value float64) float64 { return math.Round(value*1000) / 1000 }
