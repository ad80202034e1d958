// @ts-check
import { wireChatHint } from "./chat_hint.js";
import { byId, icon, make } from "./dom.js";
import { hueOf } from "./format.js";
import { readHistory } from "./history.js";
import { pieces } from "./links.js";
import { mentions } from "./mentions.js";
import { wireMentionPicker } from "./mention_picker.js";
import { describeCause, followsByItself, reasonOf } from "./notices.js";
import { say } from "./texts.js";
import { wireTyping } from "./typing.js";
/**
 * @typedef {import("./api.js").Api} Api
 * @typedef {import("./party.js").Party} Party
 * @typedef {import("../sync/protocol.js").ChatLine} ChatLine
 * @typedef {import("../sync/protocol.js").Participant} Participant
 */

const CROSS = "M7 7l10 10M17 7L7 17";
/** This close to the top, in CSS pixels, older lines are read. */
const NEAR_TOP = 80;
/** So many of the lines that say who did what are kept among the others. */
const EVENTS = 50;

/**
 * @param {Party} party
 * @param {{api: Api, code: string, owner: string, failed: (text: string) => void}} parts
 */
export function wireChat(party, { api, code, owner, failed }) {
  const list = byId("chat", HTMLOListElement);
  const field = byId("message", HTMLInputElement);
  /** @type {Map<number, HTMLLIElement>} */
  const shown = new Map();
  let first = Infinity;

  const atEnd = () => list.scrollHeight - list.scrollTop - list.clientHeight < 60;
  const toEnd = () => (list.scrollTop = list.scrollHeight);

  const show = () => {
    const follow = atEnd();
    const fromEnd = list.scrollHeight - list.scrollTop;
    const { chat, you } = party.state;
    const wanted = new Set(chat.map((line) => line.chat_seq));
    for (const [seq, row] of shown) {
      if (wanted.has(seq)) continue;
      row.remove();
      shown.delete(seq);
    }
    const moderates = ["host", "moderator"].includes(you?.role ?? "");
    const names = namesOf(party);
    // Backwards, so that each line finds the one that it stands before.
    /** @type {HTMLLIElement | null} */
    let after = null;
    for (const line of [...chat].reverse()) {
      let row = shown.get(line.chat_seq);
      if (row === undefined) {
        row = chatRow(line, you, names, moderates ? () => remove(line) : null);
        shown.set(line.chat_seq, row);
        list.insertBefore(row, after);
      }
      after = row;
    }
    byId("chat-empty", HTMLElement).hidden = list.childElementCount > 0;
    const before = first;
    first = chat[0]?.chat_seq ?? Infinity;
    if (follow) toEnd();
    else if (first < before) list.scrollTop = list.scrollHeight - fromEnd; // what was being read stays where it is
  };

  /** @param {ChatLine} line */
  const remove = (line) => {
    api.delete(`rooms/${code}/messages/${line.chat_seq}/`).catch((error) => failed(error.message));
  };

  party.onState((state, before) => {
    if (state.chat !== before.chat || state.you !== before.you) show();
    if (state.timeline === before.timeline || before.timeline === null || followsByItself(state, before)) return;
    const text = describeCause(state);
    if (text === null) return;
    const follow = atEnd();
    // The notice over the picture has been read aloud already.
    list.append(make("li", { class: "chat-event small muted", "aria-live": "off" }, text));
    const events = list.querySelectorAll(".chat-event");
    if (events.length > EVENTS) events[0]?.remove();
    if (follow) toEnd();
  });
  const readOlder = readHistory(party, { api, code, failed });
  list.addEventListener("scroll", () => {
    if (list.scrollTop < NEAR_TOP && !atEnd()) void readOlder();
  });

  const hint = wireChatHint(party, { field, owner });
  byId("chat-form", HTMLFormElement).addEventListener("submit", (event) => {
    event.preventDefault();
    const text = field.value.trim();
    if (text === "") return;
    if (hint.wait() > 0) return failed(say("slow_wait", { count: hint.wait() }));
    field.value = "";
    party.chat(text).catch((error) => {
      hint.refused(error);
      if (field.value === "") field.value = text;
      failed(say("not_sent", { why: reasonOf(error) }));
    });
  });
  wireMentionPicker(field, () => namesOf(party).filter((name) => name !== party.state.you?.name));
  wireTyping(party, field);
}

/** @param {Party} party */
function namesOf(party) {
  return [...party.state.participants.values()].map((person) => person.name);
}

/**
 * @param {ChatLine} line
 * @param {Participant | null} you
 * @param {readonly string[]} names of those who may be mentioned
 * @param {(() => void) | null} remove
 */
function chatRow(line, you, names, remove) {
  const name = make("span", { class: "chat-name" }, line.by.name);
  name.style.setProperty("--hue", String(hueOf(line.by.user ?? line.by.name)));
  const sent = new Date(line.sent_at);
  const time = make("time", { class: "chat-time", datetime: line.sent_at },
    sent.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" }));
  const words = pieces(line.text).flatMap(({ text, href }) => {
    if (href !== null) return [make("a", { href, target: "_blank", rel: "noopener noreferrer nofollow ugc" }, text)];
    return mentions(text, names).map((part) => (part.name === null ? part.text : make("strong", { class: "mention" }, part.text)));
  });
  const own = line.by.user === you?.user;
  const meant = !own && you !== null && mentions(line.text, [you.name]).some((part) => part.name !== null);
  const row = make("li", { class: `chat-line${own ? " chat-own" : ""}${meant ? " chat-meant" : ""}` },
    make("p", { class: "chat-head" }, name, time), make("p", { class: "chat-text", dir: "auto" }, ...words));
  if (remove) {
    const button = make("button", { class: "chat-remove", type: "button", "aria-label": say("delete_line") }, icon(CROSS));
    button.addEventListener("click", remove);
    row.append(button);
  }
  return row;
}
