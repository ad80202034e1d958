// @ts-check
import { RECONNECT } from "./constants.js";

/**
 * What a closed connection means for the page.
 * @typedef {"retry" | "stop" | "sign-in"} Verdict
 * @typedef {{verdict: Verdict, wait: number}} Closed
 */

/** Codes after which trying again can't help; the page says why instead. */
const FINAL = new Set([4400, 4403, 4404, 4409, 4410]);

/**
 * @param {number} code of the close frame (1006 when there was none)
 * @param {number} attempt failures in a row before this one
 * @param {number} random in 0..1
 * @returns {Closed} `wait` in ms
 */
export function afterClose(code, attempt, random) {
  if (FINAL.has(code)) return { verdict: "stop", wait: 0 };
  if (code === 4401) return { verdict: "sign-in", wait: 0 };
  if (code === 4429) return { verdict: "retry", wait: RECONNECT.flooded + random * 5000 };
  if (code === 1012) return { verdict: "retry", wait: attempt === 0 ? random * RECONNECT.restart : jittered(attempt, random) };
  return { verdict: "retry", wait: jittered(attempt, random) };
}

/**
 * Exponential with full jitter above a floor, so that a thousand pages don't come back in step.
 * @param {number} attempt
 * @param {number} random in 0..1
 */
export function jittered(attempt, random) {
  const ceiling = Math.min(RECONNECT.longest, RECONNECT.first * 2 ** Math.min(attempt, 16));
  return ceiling / 4 + (random * ceiling * 3) / 4;
}
