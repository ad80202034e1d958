// @ts-check
import { byId, make } from "./dom.js";
import { say } from "./texts.js";
/** @typedef {import("./party.js").Party} Party */

const OFFERED = ["❤️", "😂", "😍", "😮", "😢", "😱"];
const SHOWN = 2600;
/** So many at once are a party; more are noise. */
const AT_ONCE = 30;

/** @param {Party} party */
export function wireReactions(party) {
  const layer = byId("reactions-layer", HTMLElement);
  byId("reactions", HTMLElement).append(...OFFERED.map((emoji) => {
    const button = make("button", { class: "reaction", type: "button", "aria-label": say("react", { emoji }) }, emoji);
    button.addEventListener("click", () => party.react(emoji));
    return button;
  }));
  party.onMessage((message) => {
    if (message.type !== "reaction" || layer.childElementCount >= AT_ONCE) return;
    const name = make("span", { class: "floating-name" }, message.by.name);
    const floating = make("span", { class: "floating" }, make("span", { class: "floating-emoji" }, message.emoji), name);
    floating.style.left = `${8 + Math.random() * 80}%`;
    layer.append(floating);
    window.setTimeout(() => floating.remove(), SHOWN);
  });
}
