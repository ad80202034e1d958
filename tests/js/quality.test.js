// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { bestSource } from "../../static/js/room/quality.js";

const file = { type: "video/mp4" };
const parts = { type: "application/vnd.apple.mpegurl" };

test("the film's own file, unless what the line carries is wanted", () => {
  assert.equal(bestSource([file, parts], "original", () => true), file);
  assert.equal(bestSource([file, parts], "auto", () => true), parts);
});

test("what there is, if there is no choice", () => {
  assert.equal(bestSource([file], "auto", () => true), file);
  assert.equal(bestSource([parts], "original", () => true), parts);
  assert.equal(bestSource([], "auto", () => true), undefined);
});

test("a file that the browser doesn't play is the last resort", () => {
  assert.equal(bestSource([file, parts], "original", () => false), parts);
  assert.equal(bestSource([file], "original", () => false), file);
});
