package main

// search looks for the highest rate that is sustained: it doubles from low until one fails, then halves the gap until it
// is narrower than a share `fine` of the rate, with at most `most` steps. try runs one step. A failed step is tried once
// more: on a machine that others use, one bad second isn't the server's limit.
func search(low, high, fine float64, most int, try func(rate float64) (bool, error)) (best float64, err error) {
	taken := 0
	attempt := func(rate float64) (bool, error) {
		for range 2 {
			if taken++; taken > most {
				return false, nil
			}
			if good, err := try(rate); good || err != nil {
				return good, err
			}
		}
		return false, nil
	}
	failed, rate := 0.0, low
	for taken < most {
		good, err := attempt(rate)
		if err != nil {
			return best, err
		}
		if good {
			best = rate
		} else {
			failed = rate
		}
		switch {
		case failed == 0 && best >= high:
			return best, nil
		case failed == 0:
			rate = min(best*2, high)
		case best == 0:
			rate = failed / 2
		case failed-best <= fine*best:
			return best, nil
		default:
			rate = (best + failed) / 2
		}
	}
	return best, nil
}
