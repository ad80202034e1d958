// @ts-check
import { byId, icon, make } from "./dom.js";
import { hueOf } from "./format.js";
import { readHistory } from "./history.js";
import { pieces } from "./links.js";
import { CommandError } from "./party.js";
import { say } from "./texts.js";
/**
 * @typedef {import("./api.js").Api} Api
 * @typedef {import("./party.js").Party} Party
 * @typedef {import("../sync/protocol.js").ChatLine} ChatLine
 */

const TYPING_EVERY = 2000;
const TYPING_SHOWN = 3000;
const CROSS = "M7 7l10 10M17 7L7 17";

/**
 * @param {Party} party
 * @param {{api: Api, code: string, failed: (text: string) => void}} parts
 */
export function wireChat(party, { api, code, failed }) {
  const list = byId("chat", HTMLOListElement);
  const field = byId("message", HTMLInputElement);
  /** @type {Map<number, HTMLLIElement>} */
  const shown = new Map();

  const show = () => {
    const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 60;
    const wanted = new Set(party.state.chat.map((line) => line.chat_seq));
    for (const [seq, row] of shown) {
      if (wanted.has(seq)) continue;
      row.remove();
      shown.delete(seq);
    }
    const moderates = ["host", "moderator"].includes(party.state.you?.role ?? "");
    for (const line of party.state.chat) {
      if (shown.has(line.chat_seq)) continue;
      const row = chatRow(line, line.by.user === party.state.you?.user, moderates ? () => remove(line) : null);
      const after = [...shown].find(([seq]) => seq > line.chat_seq);
      shown.set(line.chat_seq, row);
      list.insertBefore(row, after?.[1] ?? null);
    }
    byId("chat-empty", HTMLElement).hidden = list.childElementCount > 0;
    if (atEnd) list.scrollTop = list.scrollHeight;
  };

  /** @param {ChatLine} line */
  const remove = (line) => {
    api.delete(`rooms/${code}/messages/${line.chat_seq}/`).catch((error) => failed(error.message));
  };

  party.onState((state, before) => {
    if (state.chat !== before.chat || state.you !== before.you) show();
  });
  readHistory(party, { api, code, failed });

  byId("chat-form", HTMLFormElement).addEventListener("submit", (event) => {
    event.preventDefault();
    const text = field.value.trim();
    if (text === "") return;
    field.value = "";
    party.chat(text).catch((error) => {
      if (field.value === "") field.value = text;
      failed(say("not_sent", { why: error instanceof CommandError && error.message ? error.message : say("offline") }));
    });
  });
  wireTyping(party, field);
}

/**
 * @param {ChatLine} line
 * @param {boolean} own
 * @param {(() => void) | null} remove
 */
function chatRow(line, own, remove) {
  const name = make("span", { class: "chat-name" }, line.by.name);
  name.style.setProperty("--hue", String(hueOf(line.by.user ?? line.by.name)));
  const sent = new Date(line.sent_at);
  const time = make("time", { class: "chat-time", datetime: line.sent_at },
    sent.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" }));
  const text = make("p", { class: "chat-text", dir: "auto" }, ...pieces(line.text).map(({ text: words, href }) =>
    href === null ? words : make("a", { href, target: "_blank", rel: "noopener noreferrer nofollow ugc" }, words)));
  const row = make("li", { class: `chat-line${own ? " chat-own" : ""}` }, make("p", { class: "chat-head" }, name, time), text);
  if (remove) {
    const button = make("button", { class: "chat-remove", type: "button", "aria-label": say("delete_line") }, icon(CROSS));
    button.addEventListener("click", remove);
    row.append(button);
  }
  return row;
}

/**
 * @param {Party} party
 * @param {HTMLInputElement} field
 */
function wireTyping(party, field) {
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
    if (field.value === "" || performance.now() - toldAt < TYPING_EVERY) return;
    toldAt = performance.now();
    party.typing();
  });
  party.onMessage((message) => {
    if (message.type === "chat") gone(message.by.name);
    if (message.type !== "typing" || message.by.id === party.state.you?.id) return;
    window.clearTimeout(typing.get(message.by.name));
    typing.set(message.by.name, window.setTimeout(() => gone(message.by.name), TYPING_SHOWN));
    show();
  });
}
