// @ts-check
import { keepOrMiss, meet } from "./join.js";
/**
 * @typedef {import("./element.js").Element} Element
 * @typedef {import("./join.js").Plan} Plan
 * @typedef {import("./player.js").Timers} Timers
 * @typedef {import("./protocol.js").Timeline} Timeline
 *
 * @typedef {{
 *   element: Element, timers: Timers, now: () => number, timeline: () => Timeline | null,
 *   latency: () => number, go: (onTime: boolean) => void,
 * }} Parts
 * now: room clock, ms. latency: how long play() takes, ms. go: play now; false when the moment had passed already.
 */

/** Brings a parked element to a start at the right moment, however long it takes to get ready. */
export class Start {
  #parts;
  /** @type {Plan | null} */
  #plan = null;
  /** @type {number | null} */
  #timer = null;

  /** @param {Parts} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  cancel() {
    if (this.#timer !== null) this.#parts.timers.cancel(this.#timer);
    this.#timer = this.#plan = null;
  }

  /** Makes the plan only when the element has data: then a seek is short and its length can be foretold. */
  meet() {
    this.cancel();
    this.#parts.element.pause();
    this.look();
  }

  /** @param {Plan} plan */
  aim(plan) {
    this.cancel();
    this.#plan = plan;
    const { element, timeline } = this.#parts;
    element.setRate(timeline()?.rate ?? 1, true);
    element.standAt(Number.isFinite(element.duration) ? Math.min(plan.position, element.duration) : plan.position);
    this.look();
  }

  /** Waits for the element, then for the moment; a plan that was missed is made anew. */
  look() {
    const { element, timeline, now } = this.#parts;
    const t = timeline();
    if (!t || this.#timer !== null || !element.canGoOn) return;
    const plan = this.#plan === null ? meet(t, now(), element.duration) : keepOrMiss(this.#plan, t, now(), element.duration);
    if (plan !== this.#plan) this.aim(plan);
    else this.#sleepUntil(plan);
  }

  /**
   * Sleeps in ever shorter steps: the clock is still being corrected, and timers come late.
   * @param {Plan} plan
   */
  #sleepUntil(plan) {
    const { latency, now, go, timers } = this.#parts;
    const left = plan.at - latency() - now();
    this.#timer = null;
    if (left > 1) {
      this.#timer = timers.after(left > 40 ? left - 25 : left - 0.5, () => this.#sleepUntil(plan));
    } else {
      this.#plan = null;
      go(left > -10);
    }
  }
}
