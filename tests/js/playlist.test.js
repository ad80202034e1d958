// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { isPlaylist, Playlist } from "../../static/js/room/playlist.js";

/** hls.js as far as it is used: what it was asked for, and a way to let it be in trouble. */
class Hls {
  static supported = true;
  static isSupported() {
    return this.supported;
  }

  /** @type {string[]} */
  asked = [];
  /** @type {unknown[]} */
  levels = [];
  /** @type {Map<string, (event: string, data: any) => void>} */
  #listeners = new Map();

  constructor() {
    Hls.made = this;
  }

  /** @param {string} event @param {(event: string, data: any) => void} listener */
  on(event, listener) {
    this.#listeners.set(event, listener);
  }

  /** @param {string} event @param {unknown} [data] */
  tell(event, data) {
    this.#listeners.get(event)?.(event, data);
  }

  attachMedia() {}
  loadSource() { this.asked.push("playlist"); }
  startLoad() { this.asked.push("parts"); }
  recoverMediaError() { this.asked.push("recover"); }
  destroy() { this.asked.push("destroy"); }
}
/** @type {Hls | null} */
Hls.made = null;

const network = { fatal: true, type: "networkError", details: "fragLoadError" };
const media = { fatal: true, type: "mediaError", details: "bufferAppendError" };

/** @param {{supported?: boolean, itself?: string}} [options] */
async function playing({ supported = true, itself = "" } = {}) {
  Hls.supported = supported;
  Hls.made = null;
  const world = { failed: 0, video: { src: "", canPlayType: () => itself }, /** @type {(() => void)[]} */ timers: [] };
  const playlist = new Playlist(/** @type {any} */ (world.video), "/master.m3u8", () => (world.failed += 1), {
    library: async () => /** @type {any} */ (Hls),
    after: (_ms, act) => world.timers.push(act),
    cancel: () => {},
  });
  await playlist.start();
  return { ...world, playlist, hls: /** @type {Hls} */ (/** @type {unknown} */ (Hls.made)), lost: () => world.failed };
}

test("types of playlists, and of nothing else", () => {
  assert.ok(isPlaylist("application/vnd.apple.mpegurl") && isPlaylist("application/x-mpegURL"));
  assert.ok(!isPlaylist("video/mp4"));
});

test("hls.js goes first, also where the browser says that maybe it can itself", async () => {
  const { hls, video } = await playing({ itself: "maybe" });
  assert.deepEqual([hls.asked, video.src], [["playlist"], ""]);
});

test("without Media Source Extensions the browser plays it itself, or nobody does", async () => {
  assert.equal((await playing({ supported: false, itself: "maybe" })).video.src, "/master.m3u8");
  const { video, lost } = await playing({ supported: false });
  assert.deepEqual([video.src, lost()], ["", 1]);
});

test("a network that fails is tried three times more, and anew once something has come", async () => {
  const { hls, timers, lost } = await playing();
  hls.tell("hlsError", { ...network, fatal: false });
  assert.equal(timers.length, 0);
  for (let n = 0; n < 3; n += 1) hls.tell("hlsError", network);
  hls.tell("hlsFragBuffered");
  for (let n = 0; n < 3; n += 1) hls.tell("hlsError", network);
  assert.deepEqual([timers.length, lost()], [6, 0]);
  hls.tell("hlsError", network);
  assert.deepEqual([lost(), hls.asked.at(-1)], [1, "destroy"]);
});

test("what is loaded anew is what was missing", async () => {
  const { hls, timers } = await playing();
  hls.tell("hlsError", network);
  timers[0]?.();
  hls.levels = [{}];
  timers[0]?.();
  assert.deepEqual(hls.asked, ["playlist", "playlist", "parts"]);
});

test("a decoder in trouble is set up anew once, whoever says so", async () => {
  const { hls, playlist, lost } = await playing();
  playlist.elementFailed();
  assert.deepEqual([hls.asked.at(-1), lost()], ["recover", 0]);
  hls.tell("hlsError", media);
  assert.deepEqual([hls.asked.at(-1), lost()], ["destroy", 1]);
});

test("one that was left says and does nothing more", async () => {
  const { hls, playlist, timers, lost } = await playing();
  playlist.end();
  hls.tell("hlsError", network);
  playlist.elementFailed();
  assert.deepEqual([hls.asked.at(-1), timers.length, lost()], ["destroy", 0, 0]);
});
