// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { RoomClock } from "../../static/js/sync/clock.js";
import { STEER } from "../../static/js/sync/constants.js";
import { Player } from "../../static/js/sync/player.js";
import { target } from "../../static/js/sync/timeline.js";
import { timeline } from "./examples.js";
import { dice, FakeVideo, World } from "./world.js";

/** @typedef {import("../../static/js/sync/protocol.js").Timeline} Timeline */

const EPOCH = 1.79e12;

/**
 * One page in a world: its clock is probed, its player ticks.
 * @param {number} seed
 * @param {{ppm?: number, jitter?: number, way?: number}} [net]
 */
function page(seed, { ppm = 0, jitter = 0, way = 0.5 } = {}) {
  const random = dice(seed);
  const world = new World({ random, offset: random() * 1e7, ppm });
  const video = new FakeVideo(world);
  const clock = new RoomClock();
  /** @type {import("../../static/js/sync/protocol.js").Status[]} */
  const told = [];
  const seen = { hidden: false, refused: 0 };
  const player = new Player({
    video: /** @type {HTMLVideoElement} */ (/** @type {unknown} */ (video)), clock, timers: world.timers,
    report: (status) => told.push(status), refused: () => (seen.refused += 1), hidden: () => seen.hidden,
  });
  const probe = (/** @type {number} */ n) => {
    const sent = world.local();
    const there = world.now + Math.max(0, way + (2 * random() - 1) * jitter);
    const back = there + Math.max(0, way + (2 * random() - 1) * jitter);
    world.at(back, () => clock.add(sent, world.local(), EPOCH + there, EPOCH + there));
    world.at(world.now + (n < 12 ? 80 : n < 20 ? 500 : 2000), () => probe(n + 1));
  };
  probe(0);
  world.repeat(STEER.every, () => player.tick());
  player.connected("me");
  player.loaded("film");
  player.join();
  world.run(2000);
  return { world, video, clock, player, told, seen };
}

/**
 * Picture minus room at this true instant, ms.
 * @param {ReturnType<typeof page>} p
 */
function error({ video, world, player }) {
  assert.ok(player.timeline);
  return (video.picture - target(player.timeline, EPOCH + world.now)) * 1000;
}

/**
 * @param {ReturnType<typeof page>} p
 * @param {number} from true ms
 * @param {number} until true ms
 */
function worst(p, from, until) {
  let largest = 0;
  for (let at = from; at < until; at += 10) {
    p.world.run(at);
    largest = Math.max(largest, Math.abs(error(p)));
  }
  return largest;
}

/** @param {Partial<Timeline>} changes @param {number} at true ms of the anchor */
function playing(at, changes = {}) {
  return timeline({ seq: 2, state: "playing", position: 10, anchor: (EPOCH + at) / 1000, ...changes });
}

test("it works: a scheduled start is on time and converges below the dead zone", () => {
  const p = page(1);
  p.player.apply(timeline({ position: 10 }));
  p.world.run(3000);
  p.player.apply(playing(3100));
  assert.ok(worst(p, 5500, 20_000) <= STEER.dead + 1);
});

test("it converges for every seed, without a corrective seek and without hunting", () => {
  for (let seed = 1; seed <= 60; seed++) {
    const p = page(seed);
    p.player.apply(timeline({ position: 10 }));
    p.world.run(3000);
    p.player.apply(playing(3100));
    const largest = worst(p, 6000, 40_000);
    assert.ok(largest <= STEER.dead + 1, `seed ${seed}: ${largest} ms`);
    assert.equal(p.player.corrections, 0);
    assert.ok(p.player.nudges <= 2, `seed ${seed}: ${p.player.nudges} nudges`);
    assert.equal(p.video.playbackRate, 1);
  }
});

test("over jittery ways and with a drifting clock it stays within 10 ms of the clock it is told", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const p = page(seed, { way: 1, jitter: 0.8, ppm: 200 });
    p.player.apply(timeline({ position: 10 }));
    p.world.run(3000);
    p.player.apply(playing(3100));
    assert.ok(worst(p, 7000, 60_000) <= 17, `seed ${seed}`);
    assert.equal(p.player.corrections, 0);
  }
});

test("starts are learned: later ones need fewer nudges", () => {
  const p = page(7);
  let seq = 2;
  const nudges = [];
  for (let round = 0; round < 12; round++) {
    const at = 3000 + round * 6000;
    p.player.apply(timeline({ seq: seq++, position: 10 }));
    p.world.run(at);
    const before = p.player.nudges;
    p.player.apply(playing(at + 100, { seq: seq++ }));
    p.world.run(at + 5000);
    nudges.push(p.player.nudges - before);
  }
  assert.ok(nudges.slice(6).reduce((sum, n) => sum + n, 0) <= 6, `${nudges}`);
});

test("a late joiner is within 50 ms in 3 s", () => {
  for (let seed = 1; seed <= 40; seed++) {
    const p = page(seed);
    p.player.apply(playing(-60_000));
    assert.ok(worst(p, 5000, 12_000) <= 50, `seed ${seed}`);
    assert.equal(p.player.corrections, 0);
  }
});

test("a pause stops the picture at the room's position", () => {
  const p = page(3);
  p.player.apply(playing(2100));
  p.world.run(9000);
  p.player.apply(timeline({ seq: 3, position: 16.85 }));
  p.world.run(9200);
  assert.equal(p.video.paused, true);
  assert.equal(p.video.currentTime, 16.85);
});

test("a parked player says ready unasked, for the timeline's seq", () => {
  const p = page(4);
  p.player.apply(timeline({ seq: 9, position: 50 }));
  assert.equal(p.told.length, 0);
  p.world.run(2500);
  assert.deepEqual(p.told.map(({ state, seq }) => [state, seq]), [["ready", 9]]);
});

test("a parked player with too little data isn't ready", () => {
  const p = page(4);
  p.video.ahead = 1.5;
  p.player.apply(timeline({ seq: 9, position: 50 }));
  p.world.run(4000);
  assert.ok(p.told.length > 0 && p.told.every(({ state }) => state === "buffering"));
  p.video.ahead = 5;
  p.world.run(4200);
  assert.equal(p.told.at(-1)?.state, "ready");
});

test("while the room waits for us the status is repeated each second", () => {
  const p = page(4);
  p.player.apply(timeline({ seq: 9, state: "waiting", position: 50, waiting_for: ["me"] }));
  p.world.run(7000);
  const ready = p.told.filter(({ state }) => state === "ready").length;
  assert.ok(ready >= 4 && ready <= 6, `${ready}`);
});

test("a stall is told, and made up for when the room has gone on", () => {
  const p = page(5);
  p.player.apply(playing(2100));
  p.world.run(8000);
  p.video.starve(1500);
  p.world.run(9400);
  assert.equal(p.told.at(-1)?.state, "buffering");
  assert.equal(p.player.stats.stalls, 1);
  assert.ok(worst(p, 14_000, 20_000) <= STEER.dead + 1);
  assert.equal(p.player.corrections, 1);
  assert.equal(p.told.at(-1)?.state, "ready");
});

test("a pending start isn't mistaken for a stopped player", () => {
  const p = page(6);
  p.player.apply(timeline({ position: 10 }));
  p.world.run(3000);
  const before = p.player.stats.seeks;
  p.player.apply(playing(5000));
  p.world.run(8000);
  assert.equal(p.player.stats.seeks, before);
});

test("who pauses behind our back is started again", () => {
  const p = page(6);
  p.player.apply(playing(2100));
  p.world.run(6000);
  p.video.pause();
  assert.ok(worst(p, 8500, 12_000) <= STEER.dead + 1);
});

test("a change of speed goes on without a seek", () => {
  const p = page(8);
  p.player.apply(playing(2100));
  p.world.run(8000);
  const before = p.player.stats.seeks;
  const now = target(/** @type {Timeline} */ (p.player.timeline), EPOCH + 8000);
  p.player.apply(playing(8000, { seq: 3, position: now, rate: 1.5 }));
  assert.ok(worst(p, 12_000, 20_000) <= STEER.dead + 1);
  assert.equal(p.player.stats.seeks, before);
  assert.equal(p.video.playbackRate, 1.5);
});

test("nudges multiply the room's rate", () => {
  const p = page(9);
  p.player.apply(playing(2100, { rate: 2 }));
  p.world.run(3500);
  for (const rate of p.video.rates) assert.ok(rate === 1 || (rate >= 2 * 0.92 - 1e-9 && rate <= 2 * 1.08 + 1e-9), `${rate}`);
});

test("a small error after a cut is mended without a jump", () => {
  const p = page(10);
  p.player.apply(playing(2100));
  p.world.run(8000);
  const before = p.player.stats.seeks;
  p.player.apply(playing(2100, { seq: 3, position: 10.2 }));
  assert.ok(worst(p, 13_000, 16_000) <= STEER.dead + 1);
  assert.equal(p.player.stats.seeks, before);
});

test("a hidden tab is away and isn't steered", () => {
  const p = page(11);
  p.player.apply(playing(2100));
  p.world.run(8000);
  p.seen.hidden = true;
  p.world.run(12_000);
  assert.equal(p.told.at(-1)?.state, "away");
});

test("a refused start asks for the gesture and waits for it", async () => {
  const p = page(12);
  p.video.play = () => Promise.reject(new DOMException("gesture", "NotAllowedError"));
  p.player.apply(playing(2100));
  for (let at = 2000; at < 2300; at += 5) {
    p.world.run(at);
    await Promise.resolve();
  }
  assert.equal(p.seen.refused, 1);
  p.world.run(9000);
  assert.equal(p.seen.refused, 1);
  assert.equal(p.player.mode, "blocked");
  p.video.play = FakeVideo.prototype.play;
  p.video.paused = true;
  p.player.join();
  assert.ok(worst(p, 12_000, 14_000) <= STEER.dead + 1);
});

test("nothing moves before the gesture", () => {
  const world = new World({ random: dice(1) });
  const video = new FakeVideo(world);
  const player = new Player({
    video: /** @type {HTMLVideoElement} */ (/** @type {unknown} */ (video)), clock: new RoomClock(), timers: world.timers,
    report: () => assert.fail("nothing to tell yet"), refused: () => {}, hidden: () => false,
  });
  player.loaded("film");
  player.apply(playing(0));
  player.tick();
  assert.equal(video.paused, true);
});

test("another movie is waited for", () => {
  const p = page(13);
  p.player.apply(timeline({ seq: 3, item: "other", position: 0 }));
  p.world.run(3000);
  assert.equal(p.told.at(-1)?.state, "buffering");
  p.player.loaded("other");
  p.world.run(3200);
  assert.equal(p.told.at(-1)?.state, "ready");
  assert.equal(p.told.at(-1)?.seq, 3);
});

test("at the end nothing is chased", () => {
  const p = page(14);
  p.video.duration = 12;
  p.player.apply(playing(2100));
  p.world.run(9000);
  assert.equal(p.player.corrections, 0);
});

test("a movie that is taken away takes its start with it", () => {
  const p = page(15);
  p.player.apply(timeline({ position: 10 }));
  p.world.run(3000);
  p.player.apply(playing(5000));
  p.player.loaded(null);
  p.world.run(8000);
  assert.equal(p.video.starts, 0);
  assert.equal(p.player.mode, "idle");
  p.player.loaded("film");
  assert.ok(worst(p, 11_000, 14_000) <= STEER.dead + 1);
});

test("our own pause stops at once, and is taken back when the room doesn't answer", () => {
  const p = page(16);
  p.player.apply(playing(2100));
  p.world.run(8000);
  p.player.stopNow(1500);
  assert.equal(p.video.paused, true);
  p.world.run(9000);
  assert.equal(p.video.paused, true);
  assert.ok(worst(p, 12_500, 15_000) <= STEER.dead + 1);
});

test("after our own pause the room's answer needs no visible seek", () => {
  const p = page(17);
  p.player.apply(playing(2100));
  p.world.run(8000);
  const stopped = target(/** @type {Timeline} */ (p.player.timeline), EPOCH + 8000);
  p.player.stopNow(1500);
  p.world.run(8100);
  p.player.apply(timeline({ seq: 3, position: stopped }));
  p.world.run(8300);
  assert.equal(p.video.currentTime, stopped);
  p.world.run(12_000);
  assert.equal(p.video.paused, true);
});
