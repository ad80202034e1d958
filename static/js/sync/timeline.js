// @ts-check
/** @typedef {import("./protocol.js").Timeline} Timeline */

/**
 * Where the room is at a room-clock instant, in media seconds.
 * @param {Timeline} timeline
 * @param {number} at room clock, ms
 * @param {number} [duration] seconds; unknown when absent, NaN or infinite
 */
export function target(timeline, at, duration) {
  const elapsed = timeline.state === "playing" ? Math.max(0, at / 1000 - timeline.anchor) : 0;
  const position = Math.max(0, timeline.position + timeline.rate * elapsed);
  return duration !== undefined && Number.isFinite(duration) ? Math.min(position, duration) : position;
}

/**
 * Whether the next timeline goes on where the former one would have been, so that a running picture may run on:
 * a change of rate or of `waiting_for`, not a seek.
 * @param {Timeline} before
 * @param {Timeline} next
 */
export function continues(before, next) {
  if (before.state !== "playing" || next.state !== "playing" || before.item !== next.item) return false;
  return Math.abs(target(before, next.anchor * 1000) - next.position) < 0.1;
}
