// @ts-check
/** A world of our own for the steering: virtual time, a seeded dice, and a `<video>` that errs like Chromium's. */

/**
 * mulberry32: the same seed, the same run.
 * @param {number} seed
 */
export function dice(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** True time in ms with timers; the local clock of the page may be off and drift. */
export class World {
  now = 0;
  /** @type {{at: number, run: () => void, id: number}[]} */
  #queue = [];
  #id = 0;

  /** @param {{random: () => number, offset?: number, ppm?: number, timerLag?: number}} options */
  constructor({ random, offset = 0, ppm = 0, timerLag = 2 }) {
    this.random = random;
    this.offset = offset;
    this.ppm = ppm;
    this.timerLag = timerLag;
  }

  /** What performance.now() says in the page. */
  local() {
    return this.now * (1 + this.ppm * 1e-6) + this.offset;
  }

  /** @type {import("../../static/js/sync/player.js").Timers} */
  timers = {
    now: () => this.local(),
    after: (ms, run) => this.at(this.now + Math.max(0, ms) + this.random() * this.timerLag, run),
    cancel: (id) => {
      this.#queue = this.#queue.filter((entry) => entry.id !== id);
    },
  };

  /**
   * @param {number} at true ms
   * @param {() => void} run
   */
  at(at, run) {
    this.#id += 1;
    this.#queue.push({ at, run, id: this.#id });
    return this.#id;
  }

  /**
   * @param {number} every ms
   * @param {() => void} run
   */
  repeat(every, run) {
    this.timers.after(every, () => {
      run();
      this.repeat(every, run);
    });
  }

  /** @param {number} until true ms */
  run(until) {
    for (;;) {
      const next = this.#queue.filter((entry) => entry.at <= until).sort((a, b) => a.at - b.at || a.id - b.id)[0];
      if (!next) break;
      this.#queue = this.#queue.filter((entry) => entry !== next);
      this.now = Math.max(this.now, next.at);
      next.run();
    }
    this.now = until;
  }
}

/** What was measured in Chromium: late starts after a seek, an untrue clock just after them, and 23.5 ms lost with the pitch kept. */
export class FakeVideo extends EventTarget {
  readyState = 4;
  seeking = false;
  ended = false;
  error = null;
  paused = true;
  preservesPitch = true;
  duration = 600;
  /** @type {number} */
  ahead = Infinity;
  starts = 0;
  /** @type {number[]} */
  rates = [];
  #media = 0;
  /** Sought, or new, since it was last started. */
  #sought = true;
  #since = 0;
  #rate = 1;
  #untrueUntil = -Infinity;
  #untrue = 0;

  /** @param {World} world */
  constructor(world) {
    super();
    this.world = world;
  }

  get buffered() {
    const end = Math.min(this.duration, this.#media + this.ahead);
    return { length: 1, start: () => 0, end: () => end };
  }

  /** The picture really shown, without the clock's lie. */
  get picture() {
    const moving = !this.paused && !this.seeking && this.readyState >= 3;
    const elapsed = moving ? Math.max(0, this.world.now - this.#since) / 1000 : 0;
    return Math.min(this.duration, this.#media + elapsed * this.#rate);
  }

  get currentTime() {
    return this.picture + (this.world.now < this.#untrueUntil ? this.#untrue : 0);
  }

  set currentTime(value) {
    this.#media = value;
    this.#sought = true;
    this.seeking = true;
    const took = this.paused ? 40 + this.world.random() * 30 : 91 + this.world.random() * 27;
    const wanted = value;
    this.world.at(this.world.now + took, () => {
      if (this.#media !== wanted) return;
      this.seeking = false;
      this.#since = this.world.now;
      this.dispatchEvent(new Event("seeked"));
    });
  }

  get playbackRate() {
    return this.#rate;
  }

  set playbackRate(rate) {
    this.#settle();
    if (this.#rate === 1 && rate !== 1 && this.preservesPitch) this.#media -= 0.0155 + this.world.random() * 0.009;
    this.#rate = rate;
    this.rates.push(rate);
  }

  async play() {
    this.paused = false;
    const latency = this.#sought ? 70 + this.world.random() * 23 : this.world.random() * 19;
    this.#sought = false;
    this.starts += 1;
    this.#since = this.world.now + latency;
    this.#untrueUntil = this.world.now + latency + 60;
    this.#untrue = 0.015 + this.world.random() * 0.03;
  }

  pause() {
    this.#settle();
    this.paused = true;
  }

  /** @param {number} ms the network is away for so long */
  starve(ms) {
    this.#settle();
    this.readyState = 2;
    this.world.at(this.world.now + ms, () => {
      this.readyState = 4;
      this.#since = this.world.now;
      this.dispatchEvent(new Event("canplay"));
    });
  }

  #settle() {
    this.#media = this.picture;
    this.#since = Math.max(this.#since, this.world.now);
  }
}
