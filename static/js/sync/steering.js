// @ts-check
import { SEEK, START, STEER } from "./constants.js";

/**
 * What the controller remembers. Errors are ms of media time, positive when the picture is behind the room.
 * @typedef {"cold" | "warm" | "seek"} Latency
 * @typedef {{
 *   errors: readonly number[],
 *   quietUntil: number,
 *   freshUntil: number,
 *   learning: Latency | null,
 *   latency: Readonly<Record<Latency, number>>,
 *   seekFrom: number,
 *   backoff: number,
 * }} Steering
 */

/**
 * `rate` is a factor on the room's rate, held for `ms`, then exactly 1 again. `lead` is how far ahead of now to seek.
 * @typedef {{type: "nothing"}
 *   | {type: "nudge", rate: number, ms: number, keepPitch: boolean}
 *   | {type: "seek", lead: number}} Action
 */

/** @type {Action} */
const NOTHING = Object.freeze({ type: "nothing" });

/** @returns {Steering} */
export function fresh() {
  return {
    errors: [],
    quietUntil: -Infinity,
    freshUntil: -Infinity,
    learning: null,
    latency: { cold: START.cold, warm: START.warm, seek: SEEK.latency },
    seekFrom: -Infinity,
    backoff: SEEK.backoffMin,
  };
}

/**
 * After `play()`. A start that was already late when it was made teaches nothing.
 * @param {Steering} s
 * @param {"cold" | "warm"} kind
 * @param {number} now local ms
 * @param {boolean} onTime
 * @returns {Steering}
 */
export function started(s, kind, now, onTime) {
  return {
    ...s, errors: [], quietUntil: now + START.settle, freshUntil: now + START.fresh, learning: onTime ? kind : null,
  };
}

/**
 * No measuring for a while: the element's clock can't be believed yet.
 * @param {Steering} s
 * @param {number} until local ms
 * @returns {Steering}
 */
export function quiet(s, until) {
  return { ...s, errors: [], quietUntil: Math.max(s.quietUntil, until) };
}

/**
 * A nudge was broken off: its quiet time is void, and so is what was measured.
 * @param {Steering} s
 * @returns {Steering}
 */
export function interrupted(s) {
  return { ...s, errors: [], quietUntil: -Infinity };
}

/**
 * The one decision: error in, action out.
 * @param {Steering} s
 * @param {number} error ms
 * @param {number} now local ms
 * @param {number} rate of the room
 * @returns {[Steering, Action]}
 */
export function decide(s, error, now, rate) {
  if (now < s.quietUntil) return [s, NOTHING];
  const errors = [...s.errors, error].slice(-STEER.median);
  if (errors.length < STEER.median) return [{ ...s, errors }, NOTHING];
  const e = median(errors);
  const learned = learn({ ...s, errors }, e);
  const size = Math.abs(e);
  if (size <= (now < s.freshUntil ? STEER.freshDead : STEER.dead)) return [learned, NOTHING];
  if (size > STEER.large && now >= s.seekFrom) return seek(learned, now);
  return nudge(learned, e, now, rate);
}

/**
 * The error that the controller acts on, or null while it has none.
 * @param {Steering} s
 */
export function settledError(s) {
  return s.errors.length < STEER.median ? null : median(s.errors);
}

/**
 * @param {Steering} s
 * @param {number} e
 * @returns {Steering}
 */
function learn(s, e) {
  if (s.learning === null) return s;
  const clipped = clamp(e, -START.learnClip, START.learnClip);
  const [low, high] = s.learning === "seek" ? [SEEK.latencyMin, SEEK.latencyMax] : [START.latencyMin, START.latencyMax];
  const value = clamp(s.latency[s.learning] + START.learn * clipped, low, high);
  return { ...s, learning: null, latency: { ...s.latency, [s.learning]: value } };
}

/**
 * A page that can't keep up must not thrash: each further seek waits longer.
 * @param {Steering} s
 * @param {number} now
 * @returns {[Steering, Action]}
 */
function seek(s, now) {
  const backoff = now - s.seekFrom < SEEK.again ? Math.min(SEEK.backoffMax, s.backoff * 2) : SEEK.backoffMin;
  const next = { ...quiet(s, now + SEEK.settle), backoff, seekFrom: now + backoff, learning: /** @type {const} */ ("seek") };
  return [next, { type: "seek", lead: s.latency.seek }];
}

/**
 * One excursion from the room's rate and back. Without preserved pitch Chromium keeps exact media time, so small
 * errors bend the pitch by 2 % for a moment; larger ones would be heard, keep it, and pay for leaving rate 1.
 * At another rate than 1 the stretcher runs already: the pitch is kept and nothing more is lost.
 * @param {Steering} s
 * @param {number} e
 * @param {number} now
 * @param {number} rate of the room
 * @returns {[Steering, Action]}
 */
function nudge(s, e, now, rate) {
  const large = Math.abs(e) > STEER.small;
  const keepPitch = large || rate !== 1;
  const wanted = large && rate === 1 ? e + STEER.pitchLoss : e;
  const strength = large ? STEER.largeRate : now < s.freshUntil ? STEER.freshRate : STEER.smallRate;
  const bend = Math.sign(wanted) * strength;
  const ms = Math.min(STEER.longest, wanted / (bend * rate));
  return [quiet(s, now + ms + STEER.rest), { type: "nudge", rate: 1 + bend, ms, keepPitch }];
}

/** @param {readonly number[]} values */
function median(values) {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

/**
 * @param {number} value
 * @param {number} low
 * @param {number} high
 */
function clamp(value, low, high) {
  return Math.max(low, Math.min(high, value));
}
