// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { pictureAt, timeUnder } from "../../static/js/room/previews.js";

const previews = { url: "/sheet", width: 160, height: 90, columns: 2, times: [0.4, 10, 20] };

test("the last picture before a time is shown", () => {
  assert.deepEqual(pictureAt(previews, 12), { x: 160, y: 0 });
  assert.deepEqual(pictureAt(previews, 20), { x: 0, y: 90 });
  assert.deepEqual(pictureAt(previews, 9e9), { x: 0, y: 90 });
});

test("before the first picture it is the first", () => {
  assert.deepEqual(pictureAt(previews, 0), { x: 0, y: 0 });
});

test("the time under the pointer is the one that a click there leads to", () => {
  const bar = { left: 100, width: 216 };
  assert.equal(timeUnder(bar, 108, 16, 50), 0);
  assert.equal(timeUnder(bar, 208, 16, 50), 25);
  assert.equal(timeUnder(bar, 308, 16, 50), 50);
});

test("beyond the bar's ends there is nothing", () => {
  const bar = { left: 100, width: 216 };
  assert.equal(timeUnder(bar, 0, 16, 50), 0);
  assert.equal(timeUnder(bar, 900, 16, 50), 50);
});
