// @ts-check
import { BUFFER, SEEK, START } from "./constants.js";
import { Element } from "./element.js";
import { Frames } from "./frames.js";
import { scheduled } from "./join.js";
import { Parking } from "./parking.js";
import { Start } from "./start.js";
import { StatusTeller } from "./status.js";
import { decide, fresh, interrupted, quiet, settledError, started } from "./steering.js";
import { continues, target } from "./timeline.js";
/**
 * @typedef {import("./clock.js").RoomClock} RoomClock
 * @typedef {import("./protocol.js").Status} Status
 * @typedef {import("./protocol.js").Timeline} Timeline
 * @typedef {import("./steering.js").Steering} Steering
 *
 * @typedef {{now: () => number, after: (ms: number, run: () => void) => number, cancel: (handle: number) => void}} Timers
 * @typedef {{
 *   video: HTMLVideoElement, clock: RoomClock, timers: Timers,
 *   report: (status: Status) => void, refused: () => void, hidden: () => boolean,
 * }} Parts
 * report: tell the room. refused: the browser wants a gesture before it plays.
 *
 * What the element is doing: nothing (idle), standing at the position (parked), on the way to a start (starting),
 * under steering (running), or refused by the browser (blocked).
 * @typedef {"idle" | "parked" | "starting" | "running" | "blocked"} Mode
 */

/** Makes one `<video>` follow the room's timeline. All effects on the element are made here and in element.js. */
export class Player {
  /** @type {Timeline | null} */
  timeline = null;
  /** @type {Mode} */
  mode = "idle";
  nudges = 0;
  corrections = 0;
  #element;
  #parts;
  #status;
  /** @type {Steering} */
  #steering = fresh();
  #frames;
  #parking;
  #start;
  /** @type {number | null} */
  #changeTimer = null;
  /** @type {number | null} */
  #nudgeTimer = null;
  /** @type {string | null} */
  #loaded = null;
  #joined = false;
  /** A timeline that hasn't been acted on: no clock, no movie or no gesture yet. */
  #pending = false;

  /** @param {Parts} parts */
  constructor(parts) {
    this.#parts = parts;
    this.#element = new Element(parts.video);
    this.#frames = new Frames(parts.video);
    this.#parking = new Parking(this.#element, this.#frames);
    this.#status = new StatusTeller(this.#element, parts);
    this.#start = new Start({
      element: this.#element,
      timers: parts.timers,
      now: () => this.#roomNow(),
      timeline: () => this.timeline,
      latency: () => this.#steering.latency[this.#temperature],
      go: (onTime) => this.#go(onTime),
    });
    const look = () => this.tick();
    for (const event of ["loadedmetadata", "seeked", "canplay", "canplaythrough", "progress", "error"]) {
      parts.video.addEventListener(event, look);
    }
  }

  /** The gesture was made: from now on the element follows the room. */
  join() {
    this.#joined = true;
    if (this.mode === "blocked") this.mode = "idle";
    this.#follow(null);
  }

  /**
   * A new connection: who we are there, and everything is to be told again.
   * @param {string} participant id
   */
  connected(participant) {
    this.#status.connected(participant);
  }

  /**
   * The element has been given the movie of a queue item, or none.
   * @param {string | null} item
   */
  loaded(item) {
    this.#dropPlans();
    if (this.mode !== "blocked") this.mode = "idle";
    this.#loaded = item;
    this.#element.renewed();
    this.#frames.renewed();
    this.#follow(null);
  }

  /**
   * The room's newest timeline; the caller has compared the seq.
   * @param {Timeline} timeline
   */
  apply(timeline) {
    const before = this.timeline;
    this.timeline = timeline;
    this.#follow(before);
    this.tick();
  }

  /**
   * Stops at once, ahead of the room's answer to our own pause; without one the room is followed again.
   * @param {number} patience ms
   */
  stopNow(patience) {
    if (this.mode !== "running") return;
    this.#dropPlans();
    this.mode = "parked";
    this.#element.pause();
    this.#changeTimer = this.#parts.timers.after(patience, () => this.#follow(null));
  }

  /** The tab is seen again: what was measured meanwhile is worth nothing. */
  woken() {
    this.#quiet(BUFFER.settle);
  }

  /** Where the room is now, media seconds, or null without a timeline or a clock. */
  get target() {
    if (!this.timeline || !this.#parts.clock.ready) return null;
    return target(this.timeline, this.#roomNow(), this.#element.duration);
  }

  /**
   * For the statistics panel, window.watchparty and the tests. Times ms, positions s. `drift` is what the steering acts
   * on, null while it measures; `rawDrift` one look, with the element's own errors. Positive when ahead of the room.
   */
  get stats() {
    const error = settledError(this.#steering);
    return {
      mode: this.mode,
      drift: error === null ? null : -error,
      rawDrift: this.mode === "running" && !this.#parts.video.seeking ? -this.#error() : null,
      position: this.#element.position,
      buffered: this.#element.buffered,
      rate: this.#parts.video.playbackRate,
      readyState: this.#parts.video.readyState,
      latency: this.#steering.latency,
      nudges: this.nudges,
      corrections: this.corrections,
      seeks: this.#element.seeks,
      repaints: this.#parking.repaints,
      stalls: this.#status.stalls,
    };
  }

  /** Every STEER.every ms, and whenever the element reports something. */
  tick() {
    if (this.#pending) this.#follow(null);
    if (this.mode === "starting") this.#start.look();
    if (this.mode === "parked" && !this.#parts.hidden()) this.#parking.look(this.#parts.timers.now());
    const playing = this.#shouldMove();
    if (playing && this.mode === "running") this.#steer();
    if (this.timeline && this.#joined && this.#parts.clock.ready) {
      this.#status.tell(this.timeline, {
        playing,
        moving: this.mode === "running" && !this.#element.paused,
        blocked: this.mode === "blocked",
        loaded: this.#loaded === this.timeline.item,
        drift: this.stats.drift,
        now: this.#parts.timers.now(),
      });
    }
  }

  #roomNow() {
    return this.#parts.clock.toRoom(this.#parts.timers.now());
  }

  /** Whether the room's picture moves at this moment. */
  #shouldMove() {
    const t = this.timeline;
    if (!t || t.state !== "playing" || this.#pending) return false;
    const now = this.#roomNow();
    const { duration } = this.#element;
    return now >= t.anchor * 1000 && !(Number.isFinite(duration) && target(t, now) >= duration);
  }

  /**
   * Acts on the held timeline.
   * @param {Timeline | null} before the one that was followed until now
   */
  #follow(before) {
    const t = this.timeline;
    this.#pending = true;
    if (!t || !this.#joined || !this.#parts.clock.ready || this.mode === "blocked") return;
    if (t.item === null || this.#loaded !== t.item || this.#parts.video.readyState < 1) return;
    this.#pending = false;
    const ahead = t.anchor * 1000 - this.#roomNow();
    const runs = !this.#element.paused && this.mode === "running";
    this.#dropPlans();
    if (t.state !== "playing") {
      if (runs && ahead > 0) this.#changeTimer = this.#parts.timers.after(ahead, () => this.#park());
      else this.#park();
    } else if (runs && before && continues(before, t)) {
      this.#changeTimer = this.#parts.timers.after(Math.max(0, ahead), () => this.#runOn());
    } else if (ahead > 0 || (this.#element.standsAt(t.position) && -ahead <= START.tooLate / 2)) {
      this.mode = "starting";
      this.#start.aim(scheduled(t));
    } else if (runs && Math.abs(this.#error()) <= START.tooLate) {
      this.#runOn();
    } else {
      this.#meet();
    }
  }

  #dropPlans() {
    const { timers } = this.#parts;
    this.#start.cancel();
    if (this.#changeTimer !== null) timers.cancel(this.#changeTimer);
    if (this.#nudgeTimer !== null) {
      timers.cancel(this.#nudgeTimer);
      this.#steering = interrupted(this.#steering);
    }
    this.#changeTimer = this.#nudgeTimer = null;
  }

  #park() {
    this.#dropPlans();
    this.mode = "parked";
    this.#roomRate();
    this.#element.standAt(this.target ?? 0);
  }

  #runOn() {
    this.#changeTimer = null;
    this.mode = "running";
    this.#roomRate();
    this.#quiet(START.settle);
  }

  /** Late: the element stands a little ahead of the room and starts when it gets there. */
  #meet() {
    this.mode = "starting";
    this.#dropPlans();
    this.#start.meet();
  }

  /** @param {boolean} onTime */
  #go(onTime) {
    this.mode = "running";
    this.#steering = started(this.#steering, this.#temperature, this.#parts.timers.now(), onTime);
    this.#element.play().catch((/** @type {unknown} */ error) => {
      if (!(error instanceof DOMException) || error.name !== "NotAllowedError") return;
      this.mode = "blocked";
      this.#parts.refused();
    });
  }

  get #temperature() {
    return this.#element.cold ? "cold" : "warm";
  }

  #error() {
    return ((this.target ?? 0) - this.#element.position) * 1000;
  }

  #steer() {
    const { video, timers, hidden } = this.#parts;
    if (video.seeking || video.ended || hidden()) return;
    if (video.paused) {
      // Somebody else has paused the element: the system's media keys, headphones pulled out.
      if (this.#element.canGoOn) this.#meet();
      return;
    }
    if (!this.#element.canGoOn) return this.#quiet(BUFFER.settle);
    const rate = this.timeline?.rate ?? 1;
    const [steering, action] = decide(this.#steering, this.#error(), timers.now(), rate);
    this.#steering = steering;
    if (action.type === "nudge") this.#nudge(rate * action.rate, action.ms, action.keepPitch);
    if (action.type === "seek") this.#correct(action.lead);
  }

  /**
   * @param {number} rate
   * @param {number} ms
   * @param {boolean} keepPitch
   */
  #nudge(rate, ms, keepPitch) {
    this.nudges += 1;
    this.#element.setRate(rate, keepPitch);
    this.#nudgeTimer = this.#parts.timers.after(ms, () => {
      this.#nudgeTimer = null;
      this.#roomRate();
    });
  }

  /** @param {number} lead ms */
  #correct(lead) {
    const t = this.timeline;
    if (!t) return;
    this.corrections += 1;
    this.#roomRate();
    this.#element.seek(target(t, this.#roomNow() + lead, this.#element.duration));
    this.#quiet(SEEK.settle);
  }

  #roomRate() {
    this.#element.setRate(this.timeline?.rate ?? 1, true);
  }

  /** @param {number} ms */
  #quiet(ms) {
    this.#steering = quiet(this.#steering, this.#parts.timers.now() + ms);
  }
}
