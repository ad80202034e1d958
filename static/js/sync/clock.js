// @ts-check
import { CLOCK } from "./constants.js";

/**
 * One exchange of clocks, all ms: `at` local receipt, `rtt` without the server's own time,
 * `offset` room clock minus local clock.
 * @typedef {{at: number, rtt: number, offset: number}} Sample
 */

/**
 * The room clock, seen through `performance.now()`. The true offset lies within rtt/2 of every sample's, so the
 * sample with the least rtt/2 is the best there is until drift has eaten its lead.
 * Local times are arguments; nothing here reads a clock.
 */
export class RoomClock {
  /** @type {Sample[]} */
  #samples = [];
  /** @type {number | null} */
  #offset = null;
  #best = { offset: 0, uncertainty: Infinity };

  /**
   * @param {number} sent local ms
   * @param {number} received local ms
   * @param {number} t1 room clock at the server's receipt, ms
   * @param {number} t2 room clock at the server's sending, ms
   */
  add(sent, received, t1, t2) {
    const sample = {
      at: received,
      rtt: Math.max(0, received - sent - (t2 - t1)),
      offset: (t1 - sent + (t2 - received)) / 2,
    };
    if (this.#contradicts(sample)) this.#samples = [];
    this.#samples = this.#samples.filter((s) => received - s.at < CLOCK.keepFor).slice(1 - CLOCK.keep);
    this.#samples.push(sample);
    this.#best = this.#choose(received);
    this.#follow(this.#best.offset);
  }

  /** How many samples it stands on; below CLOCK.enough nobody should act on it. */
  get count() {
    return this.#samples.length;
  }

  get ready() {
    return this.#samples.length >= CLOCK.enough;
  }

  /** Room clock minus local clock in ms, or null before the first sample. */
  get offset() {
    return this.#offset;
  }

  /** Largest plausible error of the offset in ms, at the last sample. */
  get uncertainty() {
    return this.#best.uncertainty;
  }

  /** Round trip of the newest sample in ms, or null. */
  get rtt() {
    return this.#samples.at(-1)?.rtt ?? null;
  }

  /**
   * Room clock in ms at a local instant.
   * @param {number} local ms
   */
  toRoom(local) {
    return local + (this.#offset ?? 0);
  }

  /** Longest plausible way from the server to here, ms: p95 of the round trips less the shortest possible way up. */
  get down() {
    const trips = this.#samples.slice(-CLOCK.downWindow).map((s) => s.rtt).sort((a, b) => a - b);
    if (trips.length === 0) return CLOCK.downGuess;
    const p95 = trips[Math.floor(0.95 * (trips.length - 1))] ?? 0;
    return p95 - (trips[0] ?? 0) / 2;
  }

  /**
   * A local clock that stood still (a sleeping laptop) or a room clock that stepped makes all older samples wrong
   * at once, though they still look certain.
   * @param {Sample} sample
   */
  #contradicts(sample) {
    if (this.#samples.length === 0) return false;
    const best = this.#choose(sample.at);
    return Math.abs(sample.offset - best.offset) > sample.rtt / 2 + best.uncertainty + CLOCK.step;
  }

  /**
   * @param {number} now local ms
   * @returns {{offset: number, uncertainty: number}}
   */
  #choose(now) {
    let best = { offset: 0, uncertainty: Infinity };
    for (const s of this.#samples) {
      const uncertainty = s.rtt / 2 + (now - s.at) * CLOCK.driftPpm * 1e-6;
      if (uncertainty <= best.uncertainty) best = { offset: s.offset, uncertainty };
    }
    return best;
  }

  /**
   * Slews, so that pictures don't jump with each better sample; early and large changes are taken at once.
   * @param {number} wanted ms
   */
  #follow(wanted) {
    const change = wanted - (this.#offset ?? wanted);
    if (this.#offset === null || this.#samples.length < CLOCK.settling || Math.abs(change) > CLOCK.step) {
      this.#offset = wanted;
    } else {
      this.#offset += Math.max(-CLOCK.slew, Math.min(CLOCK.slew, change));
    }
  }
}
