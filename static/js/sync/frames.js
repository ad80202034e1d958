// @ts-check
import { PARK } from "./constants.js";

/**
 * One picture that was handed to the display: `media` where it begins in the movie, s; `display` when the browser
 * expects it on the screen, local ms.
 * @typedef {{media: number, display: number}} Shown
 */

/** How many distances between pictures the length of one is learned from. */
const LEARNED_FROM = 15;

/** What an element has shown: which picture is on the screen, and how long one lasts. */
export class Frames {
  /** @type {Shown | null} the one that is expected on the screen last, whatever order they were told in */
  last = null;
  /** Whether the browser tells at all. */
  told;
  /** @type {number | null} where the picture told just before began */
  #before = null;
  #counted = 0;
  /** @type {number[]} s */
  #lengths = [];

  /** @param {HTMLVideoElement} video */
  constructor(video) {
    this.told = typeof video.requestVideoFrameCallback === "function";
    const next = (/** @type {number} */ _now, /** @type {VideoFrameCallbackMetadata} */ frame) => {
      this.#add(frame);
      video.requestVideoFrameCallback(next);
    };
    if (this.told) video.requestVideoFrameCallback(next);
  }

  /** Another movie: its pictures say nothing about those before. */
  renewed() {
    this.last = this.#before = null;
    this.#lengths = [];
  }

  /** How long one picture lasts, s: the median of the latest; null before one has followed another. */
  get length() {
    return [...this.#lengths].sort((a, b) => a - b)[this.#lengths.length >> 1] ?? null;
  }

  /** @param {VideoFrameCallbackMetadata} frame */
  #add({ mediaTime, expectedDisplayTime, presentedFrames }) {
    const length = mediaTime - (this.#before ?? Infinity);
    const next = presentedFrames === this.#counted + 1 && length > 0 && length < PARK.longest;
    if (next) this.#lengths = [...this.#lengths, length].slice(-LEARNED_FROM);
    this.#before = mediaTime;
    this.#counted = presentedFrames;
    if (this.last === null || expectedDisplayTime >= this.last.display) {
      this.last = { media: mediaTime, display: expectedDisplayTime };
    }
  }
}

/**
 * Where to seek to again, because the picture on the screen isn't the one of the position; null when it is, or when
 * that was tried often enough. First hardly beside the position, then to the middle of the picture.
 * @param {number} position s, the room's
 * @param {Shown | null} shown null when nothing was
 * @param {number | null} length of one picture, s, null while unknown
 * @param {number} tries made before
 * @returns {number | null} s
 */
export function aimAgain(position, shown, length, tries) {
  if (tries >= PARK.tries) return null;
  if (shown === null) return position;
  const into = position - shown.media + PARK.rounding;
  if (into >= 0 && into < (length ?? PARK.longest)) return null;
  if (length === null) return position;
  const start = shown.media + Math.floor(into / length) * length;
  const margin = tries === 0 ? Math.min(PARK.margin, length / 2) : length / 2;
  return Math.min(start + length - margin, Math.max(start + margin, position));
}
