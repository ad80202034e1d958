// @ts-check
import { byId } from "./dom.js";
import { say } from "./texts.js";
/** @typedef {import("./party.js").Party} Party */

const TOLD_EVERY = 2000;
const SHOWN = 3000;

/**
 * Who is writing something.
 * @param {Party} party
 * @param {HTMLInputElement} field
 */
export function wireTyping(party, field) {
  const line = byId("typing", HTMLElement);
  /** @type {Map<string, number>} names and the timers that take them away */
  const typing = new Map();
  let toldAt = -Infinity;

  const show = () => {
    const names = [...typing.keys()];
    line.textContent = names.length === 0 ? "" : say(names.length === 1 ? "typing_one" : "typing_many", { names: names.join(", ") });
  };
  /** @param {string} name */
  const gone = (name) => {
    window.clearTimeout(typing.get(name));
    typing.delete(name);
    show();
  };

  field.addEventListener("input", () => {
    if (field.value === "" || performance.now() - toldAt < TOLD_EVERY) return;
    toldAt = performance.now();
    party.typing();
  });
  party.onMessage((message) => {
    if (message.type === "chat") gone(message.by.name);
    if (message.type !== "typing" || message.by.id === party.state.you?.id) return;
    window.clearTimeout(typing.get(message.by.name));
    typing.set(message.by.name, window.setTimeout(() => gone(message.by.name), SHOWN));
    show();
  });
}
