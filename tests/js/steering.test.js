// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { SEEK, START, STEER } from "../../static/js/sync/constants.js";
import { decide, fresh, interrupted, quiet, settledError, started } from "../../static/js/sync/steering.js";
import { dice } from "./world.js";

/**
 * The first action after a full window of one error.
 * @param {number} error
 * @param {{state?: import("../../static/js/sync/steering.js").Steering, now?: number, rate?: number}} [options]
 */
function settle(error, { state = fresh(), now = 10_000, rate = 1 } = {}) {
  /** @type {import("../../static/js/sync/steering.js").Action} */
  let action = { type: "nothing" };
  for (let i = 0; i < STEER.median; i++) {
    assert.equal(action.type, "nothing");
    [state, action] = decide(state, error, now + i * STEER.every, rate);
  }
  return { state, action, now: now + (STEER.median - 1) * STEER.every };
}

test("it works", () => {
  assert.deepEqual(settle(40).action, { type: "nudge", rate: 1.02, ms: 2000, keepPitch: false });
});

for (const [error, expected] of /** @type {[number, object][]} */ ([
  [0, { type: "nothing" }],
  [8, { type: "nothing" }],
  [-8, { type: "nothing" }],
  [10, { type: "nudge", rate: 1.02, ms: 500, keepPitch: false }],
  [-10, { type: "nudge", rate: 0.98, ms: 500, keepPitch: false }],
  [80, { type: "nudge", rate: 1.02, ms: 4000, keepPitch: false }],
  [100, { type: "nudge", rate: 1.08, ms: 123.5 / 0.08, keepPitch: true }],
  [-100, { type: "nudge", rate: 0.92, ms: 76.5 / 0.08, keepPitch: true }],
  [500, { type: "nudge", rate: 1.08, ms: 523.5 / 0.08, keepPitch: true }],
  [501, { type: "seek", lead: SEEK.latency }],
  [-501, { type: "seek", lead: SEEK.latency }],
])) {
  test(`an error of ${error} ms`, () => {
    const { action } = settle(error);
    if (action.type === "nudge" && "ms" in expected) {
      assert.ok(Math.abs(action.ms - Number(expected.ms)) < 1e-6);
      assert.deepEqual({ ...action, ms: 0 }, { ...expected, ms: 0 });
    } else assert.deepEqual(action, expected);
  });
}

test("one wild sample among five changes nothing", () => {
  let state = fresh();
  for (const [i, error] of [0, 0, 300, 0, 0].entries()) {
    const [next, action] = decide(state, error, i * 50, 1);
    assert.equal(action.type, "nothing");
    state = next;
  }
  assert.equal(settledError(state), 0);
});

test("just after a start even a few ms are made up for, later they are left", () => {
  const state = started(fresh(), "warm", 0, false);
  assert.deepEqual(settle(6, { state, now: START.settle }).action, { type: "nudge", rate: 1.04, ms: 150, keepPitch: false });
  assert.equal(settle(2, { state, now: START.settle }).action.type, "nothing");
  assert.equal(settle(6, { state, now: START.fresh }).action.type, "nothing");
});

test("just after a start small nudges are twice as strong", () => {
  const state = started(fresh(), "warm", 0, false);
  const { action } = settle(40, { state, now: START.settle });
  assert.deepEqual(action, { type: "nudge", rate: 1.04, ms: 1000, keepPitch: false });
});

test("nothing is measured while the element settles", () => {
  const state = started(fresh(), "cold", 0, true);
  const [same, action] = decide(state, 400, START.settle - 1, 1);
  assert.equal(same, state);
  assert.equal(action.type, "nothing");
});

test("a nudge is followed by rest", () => {
  const { state, now } = settle(20);
  assert.equal(settledError(state), null);
  const during = decide(state, 20, now + 1000 + STEER.rest - 1, 1);
  assert.equal(during[0], state);
});

test("every nudge is bounded and repairs at most the error", () => {
  const random = dice(11);
  for (let i = 0; i < 500; i++) {
    const error = (random() - 0.5) * 1000;
    const rate = [0.25, 0.5, 1, 1.25, 2, 4][Math.floor(random() * 6)] ?? 1;
    const { action } = settle(error, { rate });
    if (action.type !== "nudge") continue;
    assert.ok(action.ms > 0 && action.ms <= STEER.longest);
    const repaired = (action.rate - 1) * rate * action.ms;
    const wanted = action.keepPitch && rate === 1 ? error + STEER.pitchLoss : error;
    assert.ok(Math.abs(repaired) <= Math.abs(wanted) + 1e-6 && Math.sign(repaired) === Math.sign(wanted));
  }
});

test("at another rate than 1 the pitch is kept and nothing is paid for it", () => {
  const { action } = settle(40, { rate: 2 });
  assert.ok(action.type === "nudge" && action.keepPitch);
  assert.ok(Math.abs(action.ms - 1000) < 1e-6);
});

test("a start learns a part of the first settled error, once", () => {
  const { state } = settle(5, { state: started(fresh(), "warm", 0, true), now: 400 });
  assert.equal(state.latency.warm, START.warm + 0.3 * 5);
  assert.equal(state.learning, null);
  const again = settle(5, { state: interrupted(state) });
  assert.equal(again.state.latency.warm, state.latency.warm);
});

test("learning is clipped", () => {
  for (const sign of [1, -1]) {
    const { state } = settle(sign * 400, { state: started(fresh(), "cold", 0, true), now: 400 });
    assert.equal(state.latency.cold, START.cold + sign * 0.3 * START.learnClip);
  }
});

test("what is learned stays within reason, whatever comes", () => {
  const random = dice(4);
  let state = fresh();
  for (let i = 0; i < 300; i++) {
    const from = i * 10_000;
    const kind = /** @type {const} */ (["cold", "warm"])[i % 2] ?? "cold";
    ({ state } = settle(400 * (random() - 0.2), { state: started(state, kind, from, true), now: from + START.settle }));
    for (const value of Object.values(state.latency)) assert.ok(value >= -40 && value <= 1500);
  }
});

test("a late start teaches nothing", () => {
  const { state } = settle(60, { state: started(fresh(), "warm", 0, false), now: 400 });
  assert.deepEqual(state.latency, fresh().latency);
});

test("a seek learns its own latency", () => {
  const sought = settle(900);
  assert.equal(sought.action.type, "seek");
  const { state } = settle(20, { state: sought.state, now: sought.now + SEEK.settle });
  assert.equal(state.latency.seek, SEEK.latency + 6);
});

test("corrective seeks back off from 3 to 30 s, with nudges in between", () => {
  let state = fresh();
  let now = 0;
  const seeks = [];
  while (now < 200_000) {
    const [next, action] = decide(state, 900, now, 1);
    state = next;
    if (action.type === "seek") seeks.push(now);
    now += STEER.every;
  }
  const gaps = seeks.slice(1).map((at, i) => at - (seeks[i] ?? 0));
  assert.ok(gaps[0] !== undefined && gaps[0] >= SEEK.backoffMin && gaps[0] < 15_000);
  assert.ok(gaps.every((gap, i) => i === 0 || gap >= (gaps[i - 1] ?? 0) - 8500));
  assert.ok((gaps.at(-1) ?? 0) >= SEEK.backoffMax && seeks.length < 12, `${gaps}`);
});

test("the backoff is forgotten after a good while", () => {
  const first = settle(900);
  const second = settle(900, { state: first.state, now: 60_000 });
  assert.equal(second.action.type, "seek");
  assert.equal(second.state.backoff, SEEK.backoffMin);
});

test("quiet never shortens a quiet that is under way", () => {
  const state = quiet(quiet(fresh(), 5000), 1000);
  assert.equal(state.quietUntil, 5000);
  assert.ok(interrupted(state).quietUntil < 0);
});
