// @ts-check
import { jittered } from "../sync/backoff.js";

/** Loaded when the first playlist is played, and not before: it is as large as the rest of the page. */
const LIBRARY = "../../vendor/hls.js-1.7.4/hls.light.min.mjs";
const TYPES = new Set(["application/vnd.apple.mpegurl", "application/x-mpegurl"]);
/** The library tries each part several times by itself; after that, so often in a row once more. */
const RETRIES = 3;

/**
 * What is used of hls.js (https://github.com/video-dev/hls.js/blob/v1.7.4/docs/API.md).
 * @typedef {{fatal: boolean, type: string, details: string}} HlsError
 * @typedef {{
 *   on(event: string, listener: (event: string, error: HlsError) => void): void,
 *   attachMedia(video: HTMLVideoElement): void, loadSource(url: string): void, startLoad(): void,
 *   recoverMediaError(): void, destroy(): void, readonly levels: readonly unknown[],
 * }} Hls
 * @typedef {{new (config: Record<string, unknown>): Hls, isSupported(): boolean}} Library
 * @typedef {{
 *   library?: () => Promise<Library>, after?: (ms: number, act: () => void) => number, cancel?: (timer: number) => void,
 * }} Parts
 */

/** @param {string} type MIME type of a source */
export function isPlaylist(type) {
  return TYPES.has(type.toLowerCase());
}

/**
 * Feeds a video element with the parts that a playlist (HLS) names. Towards the rest of the page the element behaves
 * as with a file: it has a duration, buffers, seeks and stalls.
 */
export class Playlist {
  #video;
  #url;
  #failed;
  #parts;
  /** @type {Hls | null} */
  #hls = null;
  #ended = false;
  #recovered = false;
  #retries = 0;
  #timer = 0;

  /**
   * @param {HTMLVideoElement} video
   * @param {string} url
   * @param {() => void} failed called at most once, when it can't be played
   * @param {Parts} [parts] others in tests
   */
  constructor(video, url, failed, { library = load, after = (ms, act) => window.setTimeout(act, ms), cancel = (timer) => window.clearTimeout(timer) } = {}) {
    this.#video = video;
    this.#url = url;
    this.#failed = failed;
    this.#parts = { library, after, cancel };
  }

  async start() {
    /** @type {Library} */
    let Hls;
    try {
      Hls = await this.#parts.library();
    } catch {
      // The network, or a server that is just being renewed; whoever looks tries again.
      return this.#giveUp();
    }
    if (this.#ended) return;
    if (Hls.isSupported()) return this.#feed(Hls);
    // Only then the browser itself: some say that they maybe can, and can't.
    if (this.#video.canPlayType("application/vnd.apple.mpegurl") === "") return this.#giveUp();
    this.#video.src = this.#url;
  }

  /** The element is free again for something else. */
  end() {
    this.#ended = true;
    this.#parts.cancel(this.#timer);
    this.#hls?.destroy();
    this.#hls = null;
  }

  /** The element says that it can't go on: a damaged part, or a decoder that was taken away. */
  elementFailed() {
    if (this.#hls === null) return this.#giveUp();
    this.#recover(this.#hls);
  }

  /** @param {Library} Hls */
  #feed(Hls) {
    // Without a worker: ours would need its code from a blob, or a file of its own; the parts of a film are few a minute.
    const hls = new Hls({ enableWorker: false, backBufferLength: 60 });
    this.#hls = hls;
    hls.on("hlsError", (_event, error) => error.fatal && !this.#ended && this.#inTrouble(hls, error));
    hls.on("hlsFragBuffered", () => (this.#retries = 0));
    hls.attachMedia(this.#video);
    hls.loadSource(this.#url);
  }

  /**
   * @param {Hls} hls
   * @param {HlsError} error
   */
  #inTrouble(hls, { type }) {
    if (type === "mediaError") return this.#recover(hls);
    if (type !== "networkError" || this.#retries >= RETRIES) return this.#giveUp();
    this.#parts.cancel(this.#timer);
    this.#timer = this.#parts.after(jittered(this.#retries, Math.random()), () => {
      if (hls.levels.length > 0) hls.startLoad();
      else hls.loadSource(this.#url);
    });
    this.#retries += 1;
  }

  /** @param {Hls} hls */
  #recover(hls) {
    if (this.#recovered) return this.#giveUp();
    this.#recovered = true;
    hls.recoverMediaError();
  }

  #giveUp() {
    if (this.#ended) return;
    this.end();
    this.#failed();
  }
}

/** @returns {Promise<Library>} */
async function load() {
  return (await import(new URL(LIBRARY, import.meta.url).href)).default;
}
