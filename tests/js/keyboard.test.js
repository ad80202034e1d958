// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { takenBy, wishOf } from "../../static/js/room/keyboard.js";

/** @param {string} key @param {object} [modifiers] */
function press(key, modifiers = {}) {
  return { key, shiftKey: false, ctrlKey: false, altKey: false, metaKey: false, ...modifiers };
}

/**
 * An element that is inside of what these selectors name.
 * @param {...string} selectors
 */
function inside(...selectors) {
  const closest = (/** @type {string} */ asked) => asked.split(", ").some((part) => selectors.includes(part)) ? {} : null;
  return /** @type {Element} */ (/** @type {unknown} */ ({ closest }));
}

for (const [key, wish] of /** @type {[string, object][]} */ ([
  [" ", { do: "toggle" }], ["k", { do: "toggle" }], ["K", { do: "toggle" }],
  ["ArrowLeft", { do: "skip", seconds: -5 }], ["ArrowRight", { do: "skip", seconds: 5 }],
  ["j", { do: "skip", seconds: -10 }], ["l", { do: "skip", seconds: 10 }],
  ["Home", { do: "go", fraction: 0 }], ["End", { do: "go", fraction: 1 }],
  ["0", { do: "go", fraction: 0 }], ["7", { do: "go", fraction: 0.7 }],
  ["ArrowUp", { do: "volume", change: 0.05 }], ["ArrowDown", { do: "volume", change: -0.05 }],
  ["m", { do: "mute" }], ["f", { do: "full-screen" }], ["c", { do: "captions" }], ["t", { do: "chat" }], ["?", { do: "help" }],
])) {
  test(`${key === " " ? "Space" : key} asks for ${JSON.stringify(wish)}`, () => assert.deepEqual(wishOf(press(key)), wish));
}

test("Shift+D shows the statistics, and ? needs Shift on many keyboards", () => {
  assert.deepEqual(wishOf(press("D", { shiftKey: true })), { do: "statistics" });
  assert.deepEqual(wishOf(press("?", { shiftKey: true })), { do: "help" });
  assert.equal(wishOf(press("d")), null);
  assert.equal(wishOf(press("K", { shiftKey: true })), null);
});

test("the browser's own shortcuts are left alone", () => {
  for (const modifier of ["ctrlKey", "altKey", "metaKey"]) assert.equal(wishOf(press("k", { [modifier]: true })), null);
});

test("other keys ask for nothing", () => {
  for (const key of ["x", "Enter", "Tab", "Escape", "F5", "constructor"]) assert.equal(wishOf(press(key)), null);
});

test("a field with the focus keeps every key", () => {
  for (const kind of ["input", "textarea", "select", "dialog"]) assert.equal(takenBy(press("k"), inside(kind)), true);
});

test("a button keeps Space only", () => {
  assert.equal(takenBy(press(" "), inside("button")), true);
  assert.equal(takenBy(press("k"), inside("button")), false);
});

test("a list that scrolls keeps the keys that scroll it", () => {
  assert.equal(takenBy(press("ArrowDown"), inside("[tabindex='0']")), true);
  assert.equal(takenBy(press("ArrowLeft"), inside("[tabindex='0']")), false);
});

test("without a focus nothing is taken", () => {
  assert.equal(takenBy(press(" "), null), false);
  assert.equal(takenBy(press(" "), inside()), false);
});
