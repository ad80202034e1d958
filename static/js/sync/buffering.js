// @ts-check
import { BUFFER, STATUS } from "./constants.js";
/** @typedef {import("./protocol.js").PlayerState} PlayerState */

/**
 * What a look at the element shows.
 * @typedef {{
 *   hidden: boolean,
 *   broken: boolean,
 *   loaded: boolean,
 *   playing: boolean,
 *   moving: boolean,
 *   enough: boolean,
 *   now: number,
 * }} Look
 * hidden: the tab isn't seen. broken: this browser can't play it. loaded: the room has a movie. playing: the room's
 * picture should be moving now. moving: ours does. enough: data to go on with (parked: 2 s or all there is).
 */

/**
 * Seconds of movie ahead of a position that are here already; Infinity when that is all there is.
 * @param {TimeRanges} ranges
 * @param {number} position s
 * @param {number} duration s
 */
export function bufferedAhead(ranges, position, duration) {
  for (let i = 0; i < ranges.length; i++) {
    if (ranges.start(i) > position + 0.1 || ranges.end(i) <= position) continue;
    return ranges.end(i) >= duration - BUFFER.tail ? Infinity : ranges.end(i) - position;
  }
  return position >= duration - BUFFER.tail ? Infinity : 0;
}

/** Decides what this participant's player tells the room, and when. */
export class Reporter {
  #starvedSince = Infinity;
  #told = "";
  #toldAt = -Infinity;

  /** A new connection knows nothing of what the former one was told. */
  forget() {
    this.#told = "";
    this.#toldAt = -Infinity;
  }

  /**
   * The state, or null while there is nothing certain to say (a joiner that isn't there yet).
   * @param {Look} look
   * @returns {PlayerState | null}
   */
  state(look) {
    if (look.hidden || look.broken) {
      this.#starvedSince = Infinity;
      return "away";
    }
    if (!look.loaded) return "ready";
    if (look.enough) {
      this.#starvedSince = Infinity;
      return !look.playing || look.moving ? "ready" : null;
    }
    this.#starvedSince = Math.min(this.#starvedSince, look.now);
    return look.now - this.#starvedSince >= BUFFER.grace ? "buffering" : null;
  }

  /**
   * Whether to tell it now: once per change (parked: per timeline too), each second while the room waits for us,
   * and now and then while playing, for the drift.
   * @param {PlayerState} state
   * @param {{seq: number, playing: boolean, waitedFor: boolean, now: number}} room
   */
  due(state, { seq, playing, waitedFor, now }) {
    const tale = playing ? state : `${state} ${seq}`;
    const every = waitedFor ? STATUS.waitingEvery : playing ? STATUS.playingEvery : Infinity;
    if (tale === this.#told && now - this.#toldAt < every) return false;
    this.#told = tale;
    this.#toldAt = now;
    return true;
  }
}
