// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { continues, target } from "../../static/js/sync/timeline.js";
import { timeline } from "./examples.js";
import { dice } from "./world.js";

test("it works", () => {
  assert.equal(target(timeline({ state: "playing", position: 10, anchor: 100 }), 103_000), 13);
});

test("a paused or waiting room stands still", () => {
  for (const state of /** @type {const} */ (["paused", "waiting"])) {
    assert.equal(target(timeline({ state, position: 10, anchor: 100 }), 200_000), 10);
  }
});

test("before the anchor the room stands at the position", () => {
  assert.equal(target(timeline({ state: "playing", position: 10, anchor: 100 }), 99_000), 10);
});

test("it never leaves the movie", () => {
  const random = dice(2);
  for (let i = 0; i < 300; i++) {
    const at = (random() - 0.2) * 1e6;
    const t = timeline({ state: "playing", position: random() * 90, anchor: random() * 500, rate: 0.25 + random() * 3.75 });
    const position = target(t, at, 90);
    assert.ok(position >= 0 && position <= 90);
  }
});

test("an unknown duration limits nothing", () => {
  for (const duration of [undefined, NaN, Infinity]) {
    assert.equal(target(timeline({ state: "playing", anchor: 0 }), 1e6, duration), 1000);
  }
});

test("a change of speed goes on, a seek doesn't", () => {
  const before = timeline({ state: "playing", position: 0, anchor: 0 });
  assert.equal(continues(before, timeline({ state: "playing", position: 7, anchor: 7, rate: 2 })), true);
  assert.equal(continues(before, timeline({ state: "playing", position: 60, anchor: 7 })), false);
  assert.equal(continues(before, timeline({ state: "paused", position: 7, anchor: 7 })), false);
  assert.equal(continues(before, timeline({ state: "playing", position: 7, anchor: 7, item: "other" })), false);
});
