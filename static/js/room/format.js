// @ts-check
/**
 * "4:05", "1:02:03".
 * @param {number} seconds
 */
export function clockTime(seconds) {
  const whole = Number.isFinite(seconds) ? Math.max(0, Math.floor(seconds)) : 0;
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/**
 * "12.3", "-0.4": ms with one place, without a negative zero.
 * @param {number} value
 */
export function oneDecimal(value) {
  return (Math.round(value * 10) / 10 + 0).toFixed(1);
}

/**
 * A hue of its own for everybody, the same on every page.
 * @param {string} id
 */
export function hueOf(id) {
  let hash = 0;
  for (const character of id) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return hash % 360;
}
