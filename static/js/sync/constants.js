// @ts-check
/**
 * Every number of the steering, in one place. Times are milliseconds, positions seconds, rates are factors.
 * They were found by measuring pictures in real Chromium browsers: change one only with figures (docs/benchmarks.md).
 */

export const CLOCK = Object.freeze({
  /** Probes after a (re)connect, then after the burst, then for ever: [how many, every ms]. */
  burst: Object.freeze([[12, 80], [8, 500]]),
  interval: 2000,
  /** Nothing is steered before so many exchanges. */
  enough: 5,
  /** Below so many exchanges the offset follows the best estimate at once. */
  settling: 12,
  keep: 80,
  keepFor: 120_000,
  /** How fast two quartz clocks drift apart at worst. */
  driftPpm: 50,
  slew: 4,
  step: 100,
  /** `down` looks at so many of the latest samples: the jam while a page loads is forgotten in seconds. */
  downWindow: 16,
  downQuantile: 0.75,
  /** Told to the server before there is anything to tell it from. */
  downGuess: 50,
});

export const START = Object.freeze({
  /** How long before the anchor `play()` is called: the first time and after a seek, and after a mere pause. */
  cold: 80,
  warm: 5,
  /** What one learning step takes of the error seen, and the largest error it believes. */
  learn: 0.3,
  learnClip: 60,
  latencyMin: -40,
  latencyMax: 200,
  /** The element's clock is wrong for so long after play(). */
  settle: 380,
  /** So long after a start small nudges may be twice as strong. */
  fresh: 2500,
  /** Later than this, a start isn't made up by nudges but joined anew. */
  tooLate: 500,
});

export const STEER = Object.freeze({
  every: 50,
  median: 5,
  dead: 8,
  /** Until START.fresh is over: two pages 8 ms off either way are 16 ms apart for as long as they play. */
  freshDead: 2,
  small: 80,
  large: 500,
  smallRate: 0.02,
  freshRate: 0.04,
  largeRate: 0.08,
  /** Media time that Chromium loses by leaving rate 1 with the pitch preserved. */
  pitchLoss: 23.5,
  rest: 400,
  longest: 8000,
});

export const SEEK = Object.freeze({
  latency: 100,
  latencyMin: 0,
  latencyMax: 1500,
  settle: 450,
  backoffMin: 3000,
  backoffMax: 30_000,
  /** A further corrective seek within this time after it was allowed again doubles the backoff. */
  again: 10_000,
});

export const JOIN = Object.freeze({ lead: 500, longest: 8000 });

export const BUFFER = Object.freeze({
  /** HTMLMediaElement.HAVE_FUTURE_DATA: enough to go on. */
  enoughData: 3,
  ahead: 2,
  grace: 400,
  settle: 300,
  /** A tail shorter than this is "all there is". */
  tail: 0.2,
  /** A parked element this close to the position stands there, in seconds: browsers round. */
  parked: 0.002,
});

export const PARK = Object.freeze({
  /** A picture is told of at the next refresh; one that wasn't after so long has to be asked for again. */
  settle: 80,
  tries: 2,
  /** The first further try goes this far into the picture, in seconds: less than BUFFER.parked, so that no start is late. */
  margin: 0.001,
  /** Positions and pictures are told in whole microseconds; in seconds. */
  rounding: 0.000_002,
  /** No picture lasts longer, in seconds. */
  longest: 0.25,
});

export const STATUS = Object.freeze({ waitingEvery: 1000, playingEvery: 2000 });

export const RECONNECT = Object.freeze({
  first: 500,
  longest: 5_000,
  restart: 3000,
  flooded: 60_000,
  /** Nothing heard for so long: the connection is dead, whatever the browser thinks. */
  silence: 10_000,
});
