// @ts-check
import { BUFFER } from "./constants.js";
import { Reporter } from "./buffering.js";
/**
 * @typedef {import("./element.js").Element} Element
 * @typedef {import("./protocol.js").Status} Status
 * @typedef {import("./protocol.js").Timeline} Timeline
 *
 * @typedef {{
 *   playing: boolean, moving: boolean, blocked: boolean, loaded: boolean, drift: number | null, now: number,
 * }} Look
 * playing: the room's picture moves. moving: ours does. blocked: the browser refuses. loaded: the element has the room's
 * movie. drift: ms, positive when ahead.
 */

/** Tells the room what this element is doing, when there is something to tell. */
export class StatusTeller {
  stalls = 0;
  #element;
  #hidden;
  #report;
  #reporter = new Reporter();
  #you = "";
  #stalled = false;

  /**
   * @param {Element} element
   * @param {{report: (status: Status) => void, hidden: () => boolean}} parts
   */
  constructor(element, { report, hidden }) {
    this.#element = element;
    this.#report = report;
    this.#hidden = hidden;
  }

  /**
   * A new connection knows nothing yet.
   * @param {string} participant our id there
   */
  connected(participant) {
    this.#you = participant;
    this.#reporter.forget();
  }

  /**
   * @param {Timeline} timeline
   * @param {Look} look
   */
  tell({ seq, item, waiting_for }, { playing, moving, blocked, loaded, drift, now }) {
    const element = this.#element;
    const state = this.#reporter.state({
      hidden: this.#hidden(),
      broken: element.failed || blocked,
      loaded: item !== null,
      playing,
      moving,
      enough: loaded && element.canGoOn && (playing || element.ahead >= BUFFER.ahead),
      now,
    });
    if (state === null) return;
    if (state === "buffering" && playing && !this.#stalled) this.stalls += 1;
    this.#stalled = state === "buffering";
    if (!this.#reporter.due(state, { seq, playing, waitedFor: waiting_for.includes(this.#you), now })) return;
    const told = drift !== null && playing ? { drift: Math.round(drift * 10) / 10 } : {};
    this.#report({ type: "status", state, seq, position: element.position, buffered: element.buffered, ...told });
  }
}
