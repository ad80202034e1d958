// @ts-check
/**
 * What this person chose on this device.
 * @typedef {{
 *   volume: number, muted: boolean, keys: boolean, captions: boolean, captionsLanguage: string,
 *   captionsLabel: string, captionsSize: string, captionsOffset: number, quality: string,
 * }} Preferences
 */

const KEY = "watchparty.preferences";

/** @type {Preferences} */
const DEFAULTS = {
  volume: 1, muted: false, keys: true, captions: false, captionsLanguage: "", captionsLabel: "", captionsSize: "medium", captionsOffset: 0,
  quality: "original",
};

/** @returns {Preferences} */
export function load() {
  try {
    const stored = JSON.parse(localStorage.getItem(KEY) ?? "{}");
    return { ...DEFAULTS, ...pickKnown(stored) };
  } catch {
    // Storage that is switched off or damaged costs the choices, not the film.
    return { ...DEFAULTS };
  }
}

/** @param {Partial<Preferences>} changes */
export function save(changes) {
  try {
    localStorage.setItem(KEY, JSON.stringify({ ...load(), ...changes }));
  } catch {
    // As above.
  }
}

/**
 * Only known keys of the right type.
 * @param {unknown} stored
 * @returns {Partial<Preferences>}
 */
function pickKnown(stored) {
  if (typeof stored !== "object" || stored === null) return {};
  return Object.fromEntries(Object.entries(stored).filter(([key, value]) =>
    key in DEFAULTS && typeof value === typeof DEFAULTS[/** @type {keyof Preferences} */ (key)]));
}
