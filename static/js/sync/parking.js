// @ts-check
import { PARK } from "./constants.js";
import { aimAgain } from "./frames.js";
/**
 * @typedef {import("./element.js").Element} Element
 * @typedef {import("./element.js").Stand} Stand
 * @typedef {import("./frames.js").Frames} Frames
 */

/** Sees to it that a parked element shows the picture of its position. */
export class Parking {
  repaints = 0;
  #element;
  #frames;
  /** @type {Stand | null} */
  #stand = null;
  /** @type {number | null} since when the element has stood still there, local ms */
  #still = null;
  /** It shows the right picture, or was tried often enough. */
  #done = false;

  /**
   * @param {Element} element
   * @param {Frames} frames
   */
  constructor(element, frames) {
    this.#element = element;
    this.#frames = frames;
  }

  /**
   * To be called every now and then while parked and visible: a hidden tab is told of no picture.
   * @param {number} now local ms
   */
  look(now) {
    const { stand, canGoOn } = this.#element;
    if (stand !== this.#stand || !canGoOn) {
      this.#done = this.#done && stand === this.#stand;
      this.#stand = stand;
      this.#still = null;
    }
    if (stand === null || this.#done || !canGoOn || !this.#frames.told) return;
    this.#still ??= now;
    if (now - this.#still < PARK.settle) return;
    const at = aimAgain(stand.asked, this.#frames.last, this.#frames.length, stand.tries);
    if (at === null) {
      this.#done = true;
    } else {
      this.repaints += 1;
      this.#element.aimAgain(at);
    }
  }
}
