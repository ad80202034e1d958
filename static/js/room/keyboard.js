// @ts-check
/**
 * What a key asks for. `seconds` relative, `fraction` of the whole movie.
 * @typedef {{do: "toggle" | "mute" | "full-screen" | "captions" | "chat" | "help" | "statistics"}
 *   | {do: "skip", seconds: number} | {do: "go", fraction: number} | {do: "volume", change: number}} Wish
 * @typedef {{key: string, shiftKey: boolean, ctrlKey: boolean, altKey: boolean, metaKey: boolean}} Key
 */

/** @type {Map<string, Wish>} */
const PLAIN = new Map([
  [" ", { do: "toggle" }],
  ["k", { do: "toggle" }],
  ["arrowleft", { do: "skip", seconds: -5 }],
  ["arrowright", { do: "skip", seconds: 5 }],
  ["j", { do: "skip", seconds: -10 }],
  ["l", { do: "skip", seconds: 10 }],
  ["home", { do: "go", fraction: 0 }],
  ["end", { do: "go", fraction: 1 }],
  ["arrowup", { do: "volume", change: 0.05 }],
  ["arrowdown", { do: "volume", change: -0.05 }],
  ["m", { do: "mute" }],
  ["f", { do: "full-screen" }],
  ["c", { do: "captions" }],
  ["t", { do: "chat" }],
]);

/**
 * @param {Key} event
 * @returns {Wish | null}
 */
export function wishOf(event) {
  if (event.ctrlKey || event.altKey || event.metaKey) return null;
  const key = event.key.toLowerCase();
  if (key === "?") return { do: "help" };
  if (event.shiftKey) return key === "d" ? { do: "statistics" } : null;
  if (/^[0-9]$/.test(key)) return { do: "go", fraction: Number(key) / 10 };
  return PLAIN.get(key) ?? null;
}

/**
 * Whether a key press belongs to the element that has the focus rather than to the player.
 * @param {Key} event
 * @param {Element | null} focused
 */
export function takenBy(event, focused) {
  if (!focused) return false;
  if (focused.closest("input, textarea, select, [contenteditable], dialog")) return true;
  if (event.key === " ") return focused.closest("button, a, summary") !== null;
  // Lists that scroll keep the keys that scroll them.
  return focused.closest("[tabindex='0']") !== null && ["ArrowUp", "ArrowDown", "Home", "End"].includes(event.key);
}

/**
 * @param {{enabled: () => boolean, wish: (wish: Wish) => void}} parts
 */
export function listenToKeys({ enabled, wish }) {
  document.addEventListener("keydown", (event) => {
    const focused = document.activeElement;
    if (event.key === "Escape" && focused instanceof HTMLElement && focused.matches("input, textarea") && !focused.closest("dialog")) {
      focused.blur(); // out of the field, so that the keys are the player's again
      return;
    }
    if (event.defaultPrevented || !enabled() || takenBy(event, document.activeElement)) return;
    const wanted = wishOf(event);
    if (!wanted || (event.repeat && wanted.do !== "skip" && wanted.do !== "volume")) return;
    event.preventDefault();
    wish(wanted);
  });
}
