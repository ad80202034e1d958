// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { PARK } from "../../static/js/sync/constants.js";
import { aimAgain, Frames } from "../../static/js/sync/frames.js";
import { PaintedVideo } from "./painted.js";
import { dice, World } from "./world.js";

const LENGTH = 1 / 30;

/** @param {number} n @param {number} [display] */
const picture = (n, display = 1000) => ({ media: Math.floor(n * LENGTH * 1e6) / 1e6, display });

/** @param {number[]} media s, one after the other @param {number} [counted] how many are counted for each that is told */
function shown(media, counted = 1) {
  const video = new PaintedVideo(new World({ random: dice(1) }));
  const frames = new Frames(/** @type {HTMLVideoElement} */ (/** @type {unknown} */ (video)));
  media.forEach((at, i) => video.paint(at, 1000 + i * 33, counted));
  return { frames, video };
}

test("the picture of the position is left alone, from its first microsecond to its last", () => {
  for (const into of [0, 1e-6, 0.01, 0.033, LENGTH - 5e-6]) {
    assert.equal(aimAgain(300 * LENGTH + into, picture(300), LENGTH, 0), null, `${into}`);
  }
});

test("any other picture is sought again, within the right one", () => {
  const position = 300 * LENGTH + 0.01;
  for (const n of [297, 298, 299, 301, 302, 310]) {
    for (let tries = 0; tries < PARK.tries; tries++) {
      const at = aimAgain(position, picture(n), LENGTH, tries);
      assert.ok(at !== null && at > 300 * LENGTH && at < 301 * LENGTH, `${n}: ${at}`);
    }
  }
});

test("the first try moves no further than a start may be off, the second to the middle", () => {
  const edge = 300 * LENGTH - 20e-6;
  const first = aimAgain(edge, picture(300), LENGTH, 0);
  assert.ok(first !== null && first < edge && edge - first <= PARK.margin);
  const second = aimAgain(edge, picture(300), LENGTH, 1);
  assert.ok(second !== null && Math.abs(second - 299.5 * LENGTH) < 1e-5);
});

test("well inside the picture the first try is the same position", () => {
  assert.equal(aimAgain(300.5 * LENGTH, picture(302), LENGTH, 0), 300.5 * LENGTH);
});

test("it gives up", () => {
  assert.equal(aimAgain(10, picture(1), LENGTH, PARK.tries), null);
  assert.equal(aimAgain(10, null, null, PARK.tries), null);
});

test("when nothing was shown, or no length is known, the position itself is sought again", () => {
  assert.equal(aimAgain(10, null, LENGTH, 0), 10);
  assert.equal(aimAgain(10, picture(302), null, 0), 10);
  assert.equal(aimAgain(10.05, picture(300), null, 0), null);
});

test("the length of a picture is learned, pictures that were left out aside", () => {
  assert.equal(shown([1]).frames.length, null);
  assert.ok(Math.abs((shown([1, 1.04, 1.08, 1.12]).frames.length ?? 0) - 0.04) < 1e-9);
  assert.ok(Math.abs((shown([1, 1.04, 1.12, 1.16, 1.2]).frames.length ?? 0) - 0.04) < 1e-9);
  assert.equal(shown([1, 1.08, 1.16], 2).frames.length, null);
  assert.equal(shown([1, 9, 3]).frames.length, null);
});

test("on the screen is what is expected there last, not what was told last", () => {
  const { frames, video } = shown([1, 1.04]);
  video.paint(1.02, 1020);
  assert.equal(frames.last?.media, 1.04);
  video.paint(1.02, 1100);
  assert.equal(frames.last?.media, 1.02);
});

test("another movie begins anew", () => {
  const { frames, video } = shown([1, 1.04, 1.08]);
  frames.renewed();
  assert.equal(frames.last, null);
  assert.equal(frames.length, null);
  video.paint(0, 10);
  assert.equal(frames.last?.media, 0);
});
