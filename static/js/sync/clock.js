// @ts-check
import { CLOCK } from "./constants.js";

/**
 * One exchange of clocks, all ms: `at` local receipt, `rtt` without the server's own time,
 * `offset` room clock minus local clock.
 * @typedef {{at: number, rtt: number, offset: number}} Sample
 */

/**
 * The room clock, seen through `performance.now()`. No message arrives before it was sent, so every exchange bounds the
 * true offset to within rtt/2 of its own, and the drift of the clocks widens that with age. What satisfies all bounds is
 * narrower than the best single exchange: the fastest way up and the fastest way down needn't be the same exchange's.
 * Local times are arguments; nothing here reads a clock.
 */
export class RoomClock {
  /** @type {Sample[]} */
  #samples = [];
  #exchanges = 0;
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
    this.#samples = this.#samples.filter((s) => received - s.at < CLOCK.keepFor).slice(1 - CLOCK.keep);
    this.#samples.push(sample);
    this.#exchanges += 1;
    this.#best = this.#narrow(received);
    this.#follow(this.#best.offset);
  }

  /** How many exchanges there were; below CLOCK.enough nobody should act on it. */
  get count() {
    return this.#exchanges;
  }

  get ready() {
    return this.#exchanges >= CLOCK.enough;
  }

  /** How many samples it stands on now. */
  get kept() {
    return this.#samples.length;
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

  /**
   * Longest plausible way from the server to here, ms: the third quartile of the round trips less the shortest possible
   * way up. A higher quantile of so few trips is the jam while the page loads, and the whole room starts later for it.
   */
  get down() {
    const trips = this.#samples.slice(-CLOCK.downWindow).map((s) => s.rtt).sort((a, b) => a - b);
    if (trips.length === 0) return CLOCK.downGuess;
    const long = trips[Math.floor(CLOCK.downQuantile * (trips.length - 1))] ?? 0;
    return long - (trips[0] ?? 0) / 2;
  }

  /**
   * What all samples agree on. The newest counts first: where older ones contradict it, the local clock stood still
   * (a sleeping laptop), the room clock stepped, or they drift apart faster than thought, and the old are dropped.
   * @param {number} now local ms
   * @returns {{offset: number, uncertainty: number}}
   */
  #narrow(now) {
    let [low, high] = [-Infinity, Infinity];
    for (let i = this.#samples.length - 1; i >= 0; i--) {
      const s = /** @type {Sample} */ (this.#samples[i]);
      const reach = s.rtt / 2 + (now - s.at) * CLOCK.driftPpm * 1e-6;
      const [from, to] = [Math.max(low, s.offset - reach), Math.min(high, s.offset + reach)];
      if (from > to) {
        this.#samples = this.#samples.slice(i + 1);
        break;
      }
      [low, high] = [from, to];
    }
    return { offset: (low + high) / 2, uncertainty: (high - low) / 2 };
  }

  /**
   * Slews, so that pictures don't jump with each better sample; early and large changes are taken at once.
   * @param {number} wanted ms
   */
  #follow(wanted) {
    const change = wanted - (this.#offset ?? wanted);
    if (this.#offset === null || this.#exchanges < CLOCK.settling || Math.abs(change) > CLOCK.step) {
      this.#offset = wanted;
    } else {
      this.#offset += Math.max(-CLOCK.slew, Math.min(CLOCK.slew, change));
    }
  }
}
