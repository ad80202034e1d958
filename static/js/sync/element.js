// @ts-check
import { BUFFER } from "./constants.js";
import { bufferedAhead } from "./buffering.js";

/**
 * Where the element was put and has stood since: `asked` is the room's position, `at` the element's, both s;
 * `tries` how often it was put there again for the sake of the picture.
 * @typedef {{readonly asked: number, readonly at: number, readonly tries: number}} Stand
 */

/** What the steering may do to a `<video>`, and nothing else. Positions are media seconds. */
export class Element {
  seeks = 0;
  rateChanges = 0;
  /** @type {Stand | null} */
  #stand = null;
  /** Nothing was played since the last seek, or at all: the sound has to be started anew, and that takes longer. */
  cold = true;

  /** @param {HTMLVideoElement} video */
  constructor(video) {
    this.video = video;
  }

  get position() {
    return this.video.currentTime;
  }

  get duration() {
    return this.video.duration;
  }

  get paused() {
    return this.video.paused;
  }

  /** Data to go on with, and not on the way to somewhere else. */
  get canGoOn() {
    return this.video.readyState >= BUFFER.enoughData && !this.video.seeking;
  }

  get failed() {
    return this.video.error !== null;
  }

  get ahead() {
    return bufferedAhead(this.video.buffered, this.video.currentTime, this.video.duration);
  }

  /** Buffered seconds as a finite number, for the server and for people. */
  get buffered() {
    const { ahead } = this;
    if (Number.isFinite(ahead)) return ahead;
    return Math.max(0, (Number.isFinite(this.duration) ? this.duration : 0) - this.position);
  }

  get stand() {
    return this.#stand;
  }

  /** Another movie. */
  renewed() {
    this.cold = true;
    this.#stand = null;
  }

  /** @returns {Promise<void>} rejected when the browser wants a gesture first */
  play() {
    this.cold = false;
    this.#stand = null;
    return this.video.play();
  }

  pause() {
    if (!this.video.paused) this.video.pause();
  }

  /**
   * Whether it waits there, or as good as.
   * @param {number} position s
   */
  standsAt(position) {
    const { asked, at } = this.#stand ?? { asked: position, at: position };
    return this.paused && Math.abs(this.position - at) <= BUFFER.parked && Math.abs(asked - position) <= BUFFER.parked;
  }

  /** @param {number} position s */
  seek(position) {
    this.seeks += 1;
    this.cold = true;
    this.#stand = null;
    this.video.currentTime = Math.max(0, position);
  }

  /**
   * Stops exactly there. A picture that was merely stopped near by can be the one before: only after the same seek
   * do all show the same frame.
   * @param {number} position s
   */
  standAt(position) {
    this.pause();
    if (this.position === position || (this.#stand?.asked === position && this.standsAt(position))) return;
    this.seek(position);
    this.#stand = { asked: position, at: position, tries: 0 };
  }

  /**
   * Stands for the same position of the room at a slightly different one of its own.
   * @param {number} at s
   */
  aimAgain(at) {
    const { asked, tries } = this.#stand ?? { asked: at, tries: 0 };
    const within = Number.isFinite(this.duration) ? Math.min(at, this.duration) : at;
    this.seek(within);
    this.#stand = { asked, at: within, tries: tries + 1 };
  }

  /**
   * At rate 1 the pitch needs no preserving, and touching the switch there costs media time.
   * @param {number} rate
   * @param {boolean} keepPitch
   */
  setRate(rate, keepPitch) {
    if (Math.abs(this.video.playbackRate - rate) < 1e-4) return;
    this.rateChanges += 1;
    if (rate !== 1) this.video.preservesPitch = keepPitch;
    this.video.playbackRate = rate;
  }
}
