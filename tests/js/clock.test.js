// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { RoomClock } from "../../static/js/sync/clock.js";
import { CLOCK } from "../../static/js/sync/constants.js";
import { dice } from "./world.js";

const EPOCH = 1.79e12;

/**
 * Probes as a page sends them.
 * @param {RoomClock} clock
 * @param {{random: () => number, up: number, down: number, jitter: number, ppm?: number, seconds?: number, from?: number}} net
 * @returns {number} worst error in ms once settled
 */
function probe(clock, { random, up, down, jitter, ppm = 0, seconds = 60, from = 0 }) {
  const k = 1 + ppm * 1e-6;
  let worst = 0;
  let at = from;
  for (let n = 0; at < from + seconds * 1000; n++) {
    const there = at + Math.max(0, up + (2 * random() - 1) * jitter);
    const back = there + 0.2 + Math.max(0, down + (2 * random() - 1) * jitter);
    clock.add(at * k, back * k, EPOCH + there, EPOCH + there + 0.2);
    if (n > 20) worst = Math.max(worst, Math.abs(clock.toRoom(back * k) - (EPOCH + back)));
    at = Math.max(back, at + (n < 12 ? 80 : n < 20 ? 500 : 2000));
  }
  return worst;
}

test("it works", () => {
  const clock = new RoomClock();
  assert.equal(clock.ready, false);
  for (let i = 0; i < CLOCK.enough; i++) clock.add(i * 80, i * 80 + 10, EPOCH + i * 80 + 5, EPOCH + i * 80 + 5);
  assert.equal(clock.ready, true);
  assert.equal(clock.toRoom(1000), EPOCH + 1000);
  assert.equal(clock.rtt, 10);
});

test("before the first sample it claims nothing", () => {
  const clock = new RoomClock();
  assert.equal(clock.offset, null);
  assert.equal(clock.uncertainty, Infinity);
  assert.equal(clock.down, CLOCK.downGuess);
});

test("the server's own time isn't taken for travel", () => {
  const clock = new RoomClock();
  clock.add(0, 30, EPOCH + 5, EPOCH + 25);
  assert.equal(clock.rtt, 10);
  assert.equal(clock.offset, EPOCH);
});

for (const jitter of [0, 5, 20, 60]) {
  test(`symmetric ways with ±${jitter} ms of jitter stay within the jitter's share`, () => {
    for (let seed = 1; seed <= 40; seed++) {
      const random = dice(seed * 7 + jitter);
      const worst = probe(new RoomClock(), { random, up: 50, down: 50, jitter });
      assert.ok(worst <= 1 + jitter, `seed ${seed}: ${worst}`);
    }
  });
}

test("the error of asymmetric ways is half their difference, and told", () => {
  const clock = new RoomClock();
  const worst = probe(clock, { random: dice(3), up: 20, down: 120, jitter: 0 });
  assert.ok(Math.abs(worst - 50) < 1, `${worst}`);
  assert.ok(clock.uncertainty >= 50);
});

test("the uncertainty covers the error at up to the drift it allows for", () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = dice(seed);
    const clock = new RoomClock();
    const net = { random, up: random() * 80, down: random() * 80, jitter: random() * 40, ppm: (random() - 0.5) * 2 * CLOCK.driftPpm };
    const worst = probe(clock, net);
    assert.ok(worst <= 120 + 6, `seed ${seed}: ${worst}`);
    assert.ok(clock.uncertainty < 130);
  }
});

test("a clock that runs 200 ppm fast is followed", () => {
  for (let seed = 1; seed <= 20; seed++) {
    const clock = new RoomClock();
    const worst = probe(clock, { random: dice(seed), up: 1, down: 1, jitter: 0.8, ppm: 200, seconds: 300 });
    assert.ok(worst < 3, `seed ${seed}: ${worst}`);
    assert.ok(clock.ready && clock.kept < CLOCK.keep);
  }
});

test("later corrections are slewed", () => {
  const clock = new RoomClock();
  probe(clock, { random: dice(1), up: 60, down: 20, jitter: 0, seconds: 20 });
  const before = clock.offset ?? 0;
  clock.add(21_000, 21_001, EPOCH + 21_000.5, EPOCH + 21_000.5);
  const change = Math.abs((clock.offset ?? 0) - before);
  assert.ok(change > 0 && change <= CLOCK.slew, `${change}`);
});

test("a laptop that slept is put right at once", () => {
  const clock = new RoomClock();
  probe(clock, { random: dice(1), up: 5, down: 5, jitter: 0, seconds: 20 });
  const slept = 3_600_000;
  clock.add(30_000, 30_010, EPOCH + slept + 30_005, EPOCH + slept + 30_005);
  assert.equal(clock.offset, EPOCH + slept);
  assert.equal(clock.kept, 1);
  assert.equal(clock.ready, true);
});

test("down is the longest plausible way back", () => {
  const clock = new RoomClock();
  probe(clock, { random: dice(5), up: 50, down: 50, jitter: 20 });
  assert.ok(clock.down > 60 && clock.down < 110, `${clock.down}`);
});

test("a jam of a few trips while the page loads makes nobody wait", () => {
  const clock = new RoomClock();
  for (let i = 0; i < 16; i++) clock.add(i * 100, i * 100 + (i < 4 ? 160 : 4), EPOCH + i * 100 + 2, EPOCH + i * 100 + 2);
  assert.ok(clock.down <= 4, `${clock.down}`);
});

test("samples grow old", () => {
  const clock = new RoomClock();
  probe(clock, { random: dice(5), up: 1, down: 1, jitter: 0, seconds: 600 });
  assert.ok(clock.kept <= CLOCK.keep);
  assert.ok(clock.kept <= CLOCK.keepFor / 2000 + 1);
});

test("the fastest ways up and down narrow it, though no exchange had both", () => {
  const clock = new RoomClock();
  clock.add(0, 100, EPOCH + 10, EPOCH + 10);
  clock.add(200, 300, EPOCH + 290, EPOCH + 290);
  assert.ok(Math.abs((clock.offset ?? 0) - EPOCH) < 0.02);
  assert.ok(clock.uncertainty < 10.02);
});

test("over 50±20 ms ways it comes within 4 ms of the truth", () => {
  const errors = [];
  for (let seed = 1; seed <= 100; seed++) {
    const clock = new RoomClock();
    probe(clock, { random: dice(seed), up: 50, down: 50, jitter: 20, seconds: 30 });
    errors.push(Math.abs((clock.offset ?? 0) - EPOCH));
  }
  errors.sort((a, b) => a - b);
  assert.ok((errors[94] ?? Infinity) < 4, `${errors[94]}`);
});
