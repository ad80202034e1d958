// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { begun, mentions, suggested } from "../../static/js/room/mentions.js";
import { followsByItself, reasonOf } from "../../static/js/room/notices.js";
import { CommandError } from "../../static/js/room/party.js";
import { placeAt } from "../../static/js/room/queue_order.js";
import { sessionOf } from "../../static/js/room/session.js";
import { nextIn } from "../../static/js/room/up_next.js";
import { waitLeft } from "../../static/js/room/waiting.js";
import { addChat, addOlderChat, CHAT_KEPT, emptyRoom, reduce } from "../../static/js/sync/room_state.js";
import { timeline, welcome } from "./examples.js";

/** @param {Partial<import("../../static/js/sync/protocol.js").Timeline>} changes */
const room = (changes) => reduce(emptyRoom(), welcome({
  timeline: timeline({ seq: 5, ...changes }),
  room: { code: "demo", name: "Demo", control: "everyone", buffering: { policy: "everyone", timeout: 15 } },
}));
/** @param {number} chat_seq */
const line = (chat_seq) => ({ chat_seq, by: { id: "p", user: "u", name: "Ann" }, text: `line ${chat_seq}`, sent_at: "", id: "" });

test("a waiting room says how long still; others have nothing to say", () => {
  const waiting = room({ state: "waiting", waiting_since: 100 });
  assert.equal(waitLeft(waiting, 100), 15);
  assert.equal(waitLeft(waiting, 100.1), 15);
  assert.equal(waitLeft(waiting, 101), 14);
  assert.equal(waitLeft(waiting, 1000), 0);
  assert.equal(waitLeft(room({ state: "waiting" }), 100), null);
  assert.equal(waitLeft(room({}), 100), null);
});

test("the next movie counts down, and is forgotten by the next timeline", () => {
  const ended = room({ next_at: 105 });
  assert.equal(nextIn(ended, 100.5), 5);
  assert.equal(nextIn(ended, 105), null);
  const stayed = reduce(ended, { type: "timeline", ...timeline({ seq: 6 }) });
  assert.equal(nextIn(stayed, 100.5), null);
});

test("a movie that came by itself is told once", () => {
  const by = (/** @type {string} */ action, /** @type {string | null} */ who) => ({ ...room({}), cause: { action, by: who, id: null } });
  assert.equal(followsByItself(by("play", null), by("load", null)), true);
  assert.equal(followsByItself(by("play", "ann"), by("load", null)), false);
  assert.equal(followsByItself(by("play", null), by("pause", null)), false);
});

test("a refusal says how long to wait", () => {
  assert.equal(reasonOf(new CommandError("rate_limited", "Too fast", 2.2)), "rate_limited_for");
  assert.equal(reasonOf(new CommandError("rate_limited", "Too fast")), "rate_limited");
  assert.equal(reasonOf(new CommandError("forbidden", "Only the host")), "Only the host");
  assert.equal(reasonOf(new Error("")), "offline");
});

test("mentions: the longest name, whole words, no mail address", () => {
  const names = ["Ann", "Ann Lee", "Zoë"];
  const meant = (/** @type {string} */ text) => mentions(text, names).flatMap(({ name }) => (name === null ? [] : [name]));
  assert.deepEqual(meant("@Ann Lee, look (@zoë)!"), ["Ann Lee", "Zoë"]);
  assert.deepEqual(meant("@Anna, mail@Ann, @nobody, @"), []);
  assert.equal(mentions("hi @Ann!", names).map(({ text }) => text).join(""), "hi @Ann!");
  assert.deepEqual(mentions("", names), []);
});

test("names are offered while an @ is being written", () => {
  assert.deepEqual(begun("hello @an", 9), { from: 6, begun: "an" });
  assert.deepEqual(begun("@", 1), { from: 0, begun: "" });
  assert.equal(begun("ann@example", 11), null);
  assert.equal(begun("hello", 5), null);
  assert.deepEqual(suggested("l", ["Ann Lee", "Lou", "Bill", "Lou"]), ["Ann Lee", "Lou"]);
  assert.deepEqual(suggested("ann lee", ["Ann Lee"]), [], "it is written already");
});

test("a dragged row belongs before the first row whose middle is below it", () => {
  assert.equal(placeAt([10, 30, 50], 5), 0);
  assert.equal(placeAt([10, 30, 50], 31), 2);
  assert.equal(placeAt([10, 30, 50], 99), 3);
  assert.equal(placeAt([], 5), 0);
});

test("a reload keeps the session; a tab that is duplicated meanwhile doesn't get it", () => {
  /** @type {Map<string, string>} */
  const kept = new Map();
  const storage = {
    getItem: (/** @type {string} */ key) => kept.get(key) ?? null,
    setItem: (/** @type {string} */ key, /** @type {string} */ value) => void kept.set(key, value),
    removeItem: (/** @type {string} */ key) => void kept.delete(key),
  };
  const session = sessionOf("abc", storage);
  session.leave(null);
  assert.equal(session.take(), null);
  session.leave("signed");
  assert.equal(sessionOf("other", storage).take(), null);
  assert.equal(session.take(), "signed");
  assert.equal(session.take(), null);
});

test("older lines stay while new ones come", () => {
  const newest = Array.from({ length: CHAT_KEPT }, (_, at) => line(at + 201));
  const older = Array.from({ length: 100 }, (_, at) => line(at + 101));
  let state = addOlderChat(addChat(emptyRoom(), newest), older);
  assert.equal(state.chat[0]?.chat_seq, 101);
  state = addChat(state, [line(CHAT_KEPT + 201)]);
  assert.equal(state.chat[0]?.chat_seq, 101);
  assert.equal(state.chat.length, CHAT_KEPT + 101);
});
