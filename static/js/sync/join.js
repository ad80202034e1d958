// @ts-check
import { JOIN, START } from "./constants.js";
import { target } from "./timeline.js";
/** @typedef {import("./protocol.js").Timeline} Timeline */

/**
 * Where to stand and when to start: parked at `position`, the picture moves at `at` (room clock, ms).
 * `lead` is what the plan allowed for getting there.
 * @typedef {{at: number, position: number, lead: number}} Plan
 */

/**
 * Meets a running room a little ahead of it.
 * @param {Timeline} timeline
 * @param {number} now room clock, ms
 * @param {number} [duration] s
 * @param {number} [lead] ms
 * @returns {Plan}
 */
export function meet(timeline, now, duration, lead = JOIN.lead) {
  const at = now + lead;
  return { at, position: target(timeline, at, duration), lead };
}

/**
 * The start that the room has scheduled.
 * @param {Timeline} timeline
 * @returns {Plan}
 */
export function scheduled(timeline) {
  return { at: timeline.anchor * 1000, position: timeline.position, lead: JOIN.lead / 2 };
}

/**
 * The plan to follow now that the element is ready: the same one, or, when it was missed, one with twice the lead.
 * @param {Plan} plan
 * @param {Timeline} timeline
 * @param {number} now room clock, ms
 * @param {number} [duration] s
 * @returns {Plan}
 */
export function keepOrMiss(plan, timeline, now, duration) {
  if (now - plan.at <= START.tooLate || plan.lead >= JOIN.longest) return plan;
  return meet(timeline, now, duration, Math.min(JOIN.longest, plan.lead * 2));
}
