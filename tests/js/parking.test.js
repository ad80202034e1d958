// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { PARK, STEER } from "../../static/js/sync/constants.js";
import { Element } from "../../static/js/sync/element.js";
import { Frames } from "../../static/js/sync/frames.js";
import { Parking } from "../../static/js/sync/parking.js";
import { PaintedVideo } from "./painted.js";
import { dice, World } from "./world.js";

/** An element that has just shown half a second from 10 s on and is looked at like a parked one. */
function parked() {
  const world = new World({ random: dice(2) });
  const video = new PaintedVideo(world);
  const asVideo = /** @type {HTMLVideoElement} */ (/** @type {unknown} */ (video));
  const element = new Element(asVideo);
  const frames = new Frames(asVideo);
  const parking = new Parking(element, frames);
  for (let n = 300; n < 315; n++) video.paint(n / 30, (n - 315) * 33);
  world.repeat(STEER.every, () => parking.look(world.local()));
  return { world, video, element, frames, parking };
}

test("it works: the right picture is left alone", () => {
  const p = parked();
  p.element.standAt(10.41);
  p.world.run(2000);
  assert.equal(p.parking.repaints, 0);
  assert.equal(p.video.currentTime, 10.41);
});

test("a wrong picture is sought again, at the same position if it can be", () => {
  const p = parked();
  p.video.off = [2];
  p.element.standAt(10.41);
  p.world.run(2000);
  assert.equal(p.parking.repaints, 1);
  assert.equal(p.video.currentTime, 10.41);
  assert.equal(Math.round((p.frames.last?.media ?? 0) * 30), 312);
});

test("a picture that is said to appear before the one it follows is asked for again", () => {
  const p = parked();
  p.video.paint(314 / 30, 120);
  p.video.early = [100];
  p.element.standAt(10.41);
  p.world.run(2000);
  assert.equal(p.parking.repaints, 1);
  assert.equal(Math.round((p.frames.last?.media ?? 0) * 30), 312);
});

test("a picture that stays wrong is sought in its middle, and then no more", () => {
  const p = parked();
  p.video.off = [2, 2, 2, 2, 2, 2];
  p.element.standAt(10.401);
  p.world.run(5000);
  assert.equal(p.parking.repaints, PARK.tries);
  assert.ok(Math.abs(p.video.currentTime - 312.5 / 30) < 1e-6);
});

test("who stands beside the position for the picture's sake stands there: a start seeks no more", () => {
  const p = parked();
  p.video.off = [2, 2];
  p.element.standAt(10.401);
  p.world.run(3000);
  assert.equal(p.parking.repaints, 2);
  const { seeks } = p.element;
  assert.equal(p.element.standsAt(10.401), true);
  p.element.standAt(10.401);
  assert.equal(p.element.seeks, seeks);
  assert.equal(p.element.standsAt(10.5), false);
});

test("a picture that isn't told of is asked for again, a few times", () => {
  const p = parked();
  p.frames.renewed();
  p.video.mute = true;
  p.element.standAt(10.41);
  p.world.run(3000);
  assert.equal(p.parking.repaints, PARK.tries);
});

test("each stop has its own tries", () => {
  const p = parked();
  p.video.off = [2, 2, 2];
  p.element.standAt(10.41);
  p.world.run(2000);
  p.element.standAt(12.41);
  p.video.off = [2];
  p.world.run(4000);
  assert.equal(p.parking.repaints, PARK.tries + 1);
  assert.equal(Math.round((p.frames.last?.media ?? 0) * 30), 372);
});

test("while it is on its way nothing is judged", () => {
  const p = parked();
  p.video.off = [2];
  p.element.standAt(10.41);
  p.video.readyState = 1;
  p.world.run(3000);
  assert.equal(p.parking.repaints, 0);
  p.video.readyState = 4;
  p.world.run(4000);
  assert.equal(p.parking.repaints, 1);
});

test("an element that was never put anywhere isn't touched", () => {
  const p = parked();
  p.world.run(2000);
  assert.equal(p.element.seeks, 0);
});

test("at the end of the movie it stays within", () => {
  const p = parked();
  p.video.duration = 10.5;
  p.video.off = [-9, -9];
  p.element.standAt(10.5);
  p.world.run(3000);
  assert.ok(p.video.currentTime <= 10.5);
  assert.equal(p.element.standsAt(10.5), true);
});
