import assert from "node:assert/strict";
import { test } from "node:test";

import { createSpeedometer, formatBytes, roughTime, titleOf } from "../../static/js/pages/figures.js";
import { readProblem } from "../../static/js/pages/problem.js";
import { relative } from "../../static/js/pages/times.js";

test("the speed is of the last seconds, not of the whole upload", () => {
  const speedometer = createSpeedometer(5000);
  assert.equal(speedometer.note(0, 0), 0);
  assert.equal(speedometer.note(1000, 1_000_000), 1_000_000);
  let speed = 0;
  for (let second = 2; second <= 12; second += 1) speed = speedometer.note(second * 1000, 1_000_000 + (second - 1) * 100_000);
  assert.equal(speed, 100_000);
});

test("two moments at once are no speed", () => {
  const speedometer = createSpeedometer();
  speedometer.note(10, 5);
  assert.equal(speedometer.note(10, 500), 0);
});

test("amounts have a unit that fits", () => {
  assert.equal(formatBytes(0, "en"), "0 B");
  assert.equal(formatBytes(999, "en"), "999 B");
  assert.equal(formatBytes(12_300, "en"), "12 kB");
  assert.equal(formatBytes(12_340_000, "en"), "12.3 MB");
  assert.equal(formatBytes(345_000_000, "en"), "345 MB");
  assert.equal(formatBytes(2e16, "en"), "20,000 TB");
});

test("time left is rounded up to what one would say", () => {
  assert.deepEqual(roughTime(0), [1, "seconds"]);
  assert.deepEqual(roughTime(59.2), [60, "seconds"]);
  assert.deepEqual(roughTime(61), [2, "minutes"]);
  assert.deepEqual(roughTime(2 * 3600), [2, "hours"]);
});

test("a file's name makes a title", () => {
  assert.equal(titleOf("my.summer_film-2024.mp4"), "my summer film-2024");
  assert.equal(titleOf("Vol. 2.mkv"), "Vol 2");
  assert.equal(titleOf("noextension"), "noextension");
  assert.equal(titleOf(`${"x".repeat(300)}.mp4`).length, 200);
});

test("a problem document is read, anything else is none", () => {
  assert.deepEqual(readProblem('{"detail": "No.", "errors": [{"field": "file", "code": "x", "detail": "No."}]}'), {
    detail: "No.",
    errors: [{ field: "file", code: "x", detail: "No." }],
  });
  assert.deepEqual(readProblem('{"detail": "No."}'), { detail: "No.", errors: [] });
  for (const body of ["", "<html>", "null", "[]", '{"detail": 3}']) assert.equal(readProblem(body), null);
});

test("times are told from now", () => {
  const now = Date.parse("2026-03-01T12:00:00Z");
  assert.equal(relative(now - 20_000, now, "en"), "now");
  assert.equal(relative(now - 3 * 3600_000, now, "en"), "3 hours ago");
  assert.equal(relative(now + 2 * 86400_000, now, "en"), "in 2 days");
});
