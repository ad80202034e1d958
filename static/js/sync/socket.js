// @ts-check
import { afterClose } from "./backoff.js";
import { CLOCK, RECONNECT } from "./constants.js";
import { decode, SUBPROTOCOL } from "./protocol.js";
/**
 * @typedef {import("./backoff.js").Verdict} Verdict
 * @typedef {import("./clock.js").RoomClock} RoomClock
 * @typedef {import("./protocol.js").ServerMessage} ServerMessage
 * @typedef {import("./player.js").Timers} Timers
 *
 * @typedef {{
 *   url: string, clock: RoomClock, timers: Timers, random: () => number,
 *   open: (url: string, protocol: string) => WebSocket,
 *   held: () => {session: string | null, seq: number, chatSeq: number | null},
 *   received: (message: ServerMessage) => void,
 *   changed: (link: Link) => void,
 * }} Parts
 * held: what a new connection resumes from; chatSeq is null where the page has no line yet. received: every message but clock replies.
 *
 * @typedef {{state: "connecting" | "open" | "waiting", retryAt: number}
 *   | {state: "ended", verdict: Verdict, code: number, reason: string}} Link
 * retryAt: local ms of the next try.
 */

/** One room's connection: probes the clock, comes back after a cut, and knows when not to. */
export class RoomSocket {
  #parts;
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {number | null} */
  #probeTimer = null;
  /** @type {number | null} */
  #retryTimer = null;
  #probes = 0;
  #attempt = 0;
  /** @type {number[]} when the probes were sent since which nothing was heard, local ms */
  #unanswered = [];
  #asked = 0;
  #ended = false;
  #flooded = false;

  /** @param {Parts} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  connect() {
    this.#cancelTimers();
    if (this.#ended) return;
    const { timers, open } = this.#parts;
    const socket = (this.#socket = open(this.#resumeUrl(), SUBPROTOCOL));
    this.#unanswered = [];
    this.#parts.changed({ state: "connecting", retryAt: 0 });
    socket.onopen = () => this.burst();
    socket.onmessage = (event) => this.#receive(event.data);
    socket.onclose = (event) => this.#closed(event.code, event.reason);
    // A connection attempt that hangs is as dead as one that fell silent.
    this.#probeTimer = timers.after(RECONNECT.silence, () => this.#abandon());
  }

  /** Probes the clock anew: after a connect, and when the tab is seen again. */
  burst() {
    if (this.#socket?.readyState !== WebSocket.OPEN) return this.hurry();
    this.#probes = 0;
    this.#probe();
  }

  /** The network is back or somebody looks at the page: don't sit out the wait. */
  hurry() {
    if (this.#retryTimer !== null && !this.#flooded) this.connect();
  }

  /**
   * @param {object} message
   * @returns {boolean} whether it went out; what didn't isn't kept
   */
  send(message) {
    if (this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  #resumeUrl() {
    const { url, held } = this.#parts;
    const { session, seq, chatSeq } = held();
    if (session === null) return url;
    const query = new URLSearchParams({ session, seq: String(seq) });
    if (chatSeq !== null) query.set("chat_seq", String(chatSeq));
    return `${url}${url.includes("?") ? "&" : "?"}${query}`;
  }

  #probe() {
    const { timers, clock } = this.#parts;
    if (this.#probeTimer !== null) timers.cancel(this.#probeTimer);
    const now = timers.now();
    if (this.#silent(now)) return this.#abandon();
    const known = clock.ready ? { down: round(clock.down), rtt: round(clock.rtt ?? 0) } : {};
    this.send({ type: "clock", t0: now, ...known });
    this.#unanswered.push(now);
    this.#probes += 1;
    this.#probeTimer = timers.after(probeInterval(this.#probes), () => this.#probe());
  }

  /**
   * Time without a word proves nothing: a hidden tab has one timer a minute and asks no more often, and a page that slept
   * may run a timer before it reads what has come. So the oldest probe must be too old, and a later one have had its time.
   * @param {number} now local ms
   */
  #silent(now) {
    const [oldest = Infinity, next = Infinity] = this.#unanswered;
    return now - oldest > RECONNECT.silence && now - next >= CLOCK.interval;
  }

  /** @param {unknown} frame */
  #receive(frame) {
    const { timers, clock, held, received, changed } = this.#parts;
    const now = timers.now();
    this.#unanswered = [];
    const message = decode(frame);
    if (message === null) return;
    if (message.type !== "clock") {
      if (message.type === "welcome") {
        this.#attempt = 0;
        changed({ state: "open", retryAt: 0 });
      }
      return received(message);
    }
    clock.add(message.t0, now, message.t1 * 1000, message.t2 * 1000);
    // A timeline was lost on the way to us. Asked once per seq: the answer may be under way already.
    if (message.seq > held().seq && message.seq > this.#asked) {
      this.#asked = message.seq;
      this.send({ type: "sync" });
    }
  }

  /** The browser would wait minutes for a dead peer. */
  #abandon() {
    this.#socket?.close();
    this.#closed(4408, "silence");
  }

  /**
   * @param {number} code
   * @param {string} reason
   */
  #closed(code, reason) {
    this.#cancelTimers();
    if (this.#socket) this.#socket.onopen = this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket = null;
    this.#asked = 0;
    const { timers, random, changed } = this.#parts;
    const { verdict, wait } = afterClose(code, this.#attempt, random());
    this.#flooded = code === 4429;
    if (verdict === "retry") {
      this.#attempt += 1;
      this.#retryTimer = timers.after(wait, () => this.connect());
      changed({ state: "waiting", retryAt: timers.now() + wait });
    } else {
      this.#ended = true;
      changed({ state: "ended", verdict, code, reason });
    }
  }

  #cancelTimers() {
    const { timers } = this.#parts;
    for (const timer of [this.#probeTimer, this.#retryTimer]) if (timer !== null) timers.cancel(timer);
    this.#probeTimer = this.#retryTimer = null;
  }
}

/**
 * How long after the n-th probe (from 1) the next one goes out, ms.
 * @param {number} sent
 */
export function probeInterval(sent) {
  let upTo = 0;
  for (const [count = 0, every = 0] of CLOCK.burst) {
    upTo += count;
    if (sent < upTo) return every;
  }
  return CLOCK.interval;
}

/** @param {number} ms */
function round(ms) {
  return Math.round(ms * 10) / 10;
}
