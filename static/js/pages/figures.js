// @ts-check
// How fast an upload is, how long it will take yet, and how that is written.

/** What is shown of an upload is measured over this long. */
const WINDOW_MS = 5000;

/**
 * The speed over the last seconds.
 * @param {number} [window] ms
 */
export function createSpeedometer(window = WINDOW_MS) {
  /** @type {{ at: number, bytes: number }[]} */
  let samples = [];
  return {
    /**
     * @param {number} at ms, growing
     * @param {number} bytes sent by then, in all
     * @returns {number} bytes a second; 0 until two moments are known
     */
    note(at, bytes) {
      samples.push({ at, bytes });
      // The one before the window stays, so that a slow line has two samples too.
      while (samples.length > 2 && (samples[1]?.at ?? at) < at - window) samples.shift();
      const first = samples[0];
      return first && at > first.at ? ((bytes - first.bytes) / (at - first.at)) * 1000 : 0;
    },
  };
}

const UNITS = ["B", "kB", "MB", "GB", "TB"];

/**
 * "12.3 MB"
 * @param {number} bytes
 * @param {string} [locale]
 */
export function formatBytes(bytes, locale) {
  let unit = 0;
  let amount = bytes;
  while (amount >= 1000 && unit < UNITS.length - 1) {
    amount /= 1000;
    unit += 1;
  }
  const digits = unit > 1 && amount < 100 ? 1 : 0;
  return `${amount.toLocaleString(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits })} ${UNITS[unit]}`;
}

/**
 * A rough length of time as [figure, unit].
 * @param {number} seconds
 * @returns {[number, "seconds" | "minutes" | "hours"]}
 */
export function roughTime(seconds) {
  if (seconds < 60) return [Math.max(1, Math.ceil(seconds)), "seconds"];
  if (seconds < 90 * 60) return [Math.ceil(seconds / 60), "minutes"];
  return [Math.ceil(seconds / 3600), "hours"];
}

/**
 * What a film may be called, from its file's name: "my.summer_film-2024.mp4" is "my summer film-2024".
 * @param {string} filename
 */
export function titleOf(filename) {
  return filename
    .replace(/\.[A-Za-z0-9]{1,5}$/, "")
    .replace(/[._\s]+/g, " ")
    .trim()
    .slice(0, 200);
}
