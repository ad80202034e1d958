// @ts-check
/** @typedef {{url: string, width: number, height: number, columns: number, times: number[]}} Previews as the API has them */

/**
 * Where on the sheet the picture of that time lies: the last one before it, px from the sheet's upper left.
 * @param {Previews} previews
 * @param {number} seconds
 */
export function pictureAt({ times, columns, width, height }, seconds) {
  const after = times.findIndex((time) => time > seconds);
  const number = Math.max(0, (after < 0 ? times.length : after) - 1);
  return { x: (number % columns) * width, y: Math.floor(number / columns) * height };
}

/**
 * The time under the pointer: a slider's knob stays within its bar, so half of it at either end leads nowhere.
 * @param {{left: number, width: number}} bar
 * @param {number} x
 * @param {number} knob its width, px
 * @param {number} end seconds
 */
export function timeUnder(bar, x, knob, end) {
  const part = (x - bar.left - knob / 2) / Math.max(1, bar.width - knob);
  return Math.min(1, Math.max(0, part)) * end;
}
