// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { bufferedAhead, Reporter } from "../../static/js/sync/buffering.js";
import { BUFFER, STATUS } from "../../static/js/sync/constants.js";

const look = { hidden: false, broken: false, loaded: true, playing: true, moving: true, enough: true, now: 0 };
const room = { seq: 1, playing: false, waitedFor: false, now: 0 };

/** @param {[number, number][]} ranges */
function ranges(...ranges) {
  const at = (/** @type {number} */ i, /** @type {0 | 1} */ end) => ranges[i]?.[end] ?? NaN;
  return /** @type {TimeRanges} */ ({ length: ranges.length, start: (i) => at(i, 0), end: (i) => at(i, 1) });
}

test("it works", () => {
  assert.equal(new Reporter().state(look), "ready");
});

test("a short gap in the data isn't told, a longer one is", () => {
  const reporter = new Reporter();
  assert.equal(reporter.state({ ...look, enough: false, now: 100 }), null);
  assert.equal(reporter.state({ ...look, enough: false, now: 99 + BUFFER.grace }), null);
  assert.equal(reporter.state({ ...look, enough: false, now: 100 + BUFFER.grace }), "buffering");
  assert.equal(reporter.state({ ...look, now: 600 }), "ready");
  assert.equal(reporter.state({ ...look, enough: false, now: 700 }), null);
});

test("a joiner that has had data since an old gap starts a new one", () => {
  const reporter = new Reporter();
  const standing = { ...look, moving: false };
  assert.equal(reporter.state({ ...standing, enough: false, now: 100 }), null);
  assert.equal(reporter.state({ ...standing, now: 250 }), null);
  assert.equal(reporter.state({ ...standing, enough: false, now: 5000 }), null);
  assert.equal(reporter.state({ ...standing, enough: false, now: 5000 + BUFFER.grace }), "buffering");
});

test("a hidden tab is away, not buffering", () => {
  const reporter = new Reporter();
  for (const now of [0, 1000]) assert.equal(reporter.state({ ...look, hidden: true, enough: false, now }), "away");
  assert.equal(reporter.state({ ...look, enough: false, now: 1001 }), null);
});

test("who can't play it isn't waited for", () => {
  assert.equal(new Reporter().state({ ...look, broken: true, enough: false }), "away");
});

test("without a movie everybody is ready", () => {
  assert.equal(new Reporter().state({ ...look, loaded: false, enough: false, playing: false, moving: false }), "ready");
});

test("a joiner on the way says nothing", () => {
  assert.equal(new Reporter().state({ ...look, moving: false }), null);
});

test("ready is told once per timeline when parked, and each second while the room waits for us", () => {
  const reporter = new Reporter();
  assert.equal(reporter.due("ready", room), true);
  assert.equal(reporter.due("ready", { ...room, now: 60_000 }), false);
  assert.equal(reporter.due("ready", { ...room, seq: 2, now: 60_001 }), true);
  const waitedFor = { ...room, seq: 2, waitedFor: true };
  assert.equal(reporter.due("ready", { ...waitedFor, now: 60_001 + STATUS.waitingEvery - 1 }), false);
  assert.equal(reporter.due("ready", { ...waitedFor, now: 60_001 + STATUS.waitingEvery }), true);
});

test("a new connection is told everything again", () => {
  const reporter = new Reporter();
  reporter.due("ready", room);
  reporter.forget();
  assert.equal(reporter.due("ready", room), true);
});

test("while playing the drift is told now and then, whatever the seq", () => {
  const reporter = new Reporter();
  const playing = { ...room, playing: true };
  assert.equal(reporter.due("ready", playing), true);
  assert.equal(reporter.due("ready", { ...playing, seq: 2, now: STATUS.playingEvery - 1 }), false);
  assert.equal(reporter.due("ready", { ...playing, seq: 2, now: STATUS.playingEvery }), true);
  assert.equal(reporter.due("buffering", { ...playing, seq: 2, now: STATUS.playingEvery + 1 }), true);
});

test("buffered seconds are counted in the range we stand in", () => {
  assert.equal(bufferedAhead(ranges([0, 5], [10, 30]), 12, 60), 18);
  assert.equal(bufferedAhead(ranges([0, 5], [10, 30]), 7, 60), 0);
  assert.equal(bufferedAhead(ranges(), 0, 60), 0);
});

test("the tail is all there is", () => {
  assert.equal(bufferedAhead(ranges([50, 59.9]), 59, 60), Infinity);
  assert.equal(bufferedAhead(ranges([50, 59.9]), 60, 60), Infinity);
});
