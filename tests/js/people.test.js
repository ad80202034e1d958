// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { slowFor, waitToSay } from "../../static/js/room/chat_hint.js";
import { actionsOn } from "../../static/js/room/person_actions.js";
import { addChat, emptyRoom, reduce } from "../../static/js/sync/room_state.js";
import { participant, welcome } from "./examples.js";

/**
 * @typedef {import("../../static/js/sync/protocol.js").Participant} Participant
 * @typedef {import("../../static/js/sync/protocol.js").Control} Control
 */
const OWNER = "alice";
/** @param {Partial<Participant>} changes */
const bob = (changes = {}) => participant("p-bob", { user: "bob", name: "Bob", ...changes });

/**
 * @param {Partial<Participant>} you
 * @param {{control?: Control, slow_mode?: number}} [room]
 */
function roomOf(you, { control = "host", slow_mode = 0 } = {}) {
  const info = { code: "demo", name: "Demo", control, buffering: {}, slow_mode };
  return reduce(emptyRoom(), welcome({ you: participant("p-you", { user: "you", ...you }), room: info }));
}

test("it works: the owner may do everything to a member", () => {
  const state = roomOf({ user: OWNER, role: "host" });
  assert.deepEqual(actionsOn(state, bob(), OWNER), ["promote", "hand_over", "give_control", "mute", "kick", "ban"]);
  assert.deepEqual(actionsOn(state, bob({ role: "host" }), OWNER), ["demote", "mute", "kick", "ban"]);
  const given = bob({ role: "moderator", muted: true, controls: true });
  assert.deepEqual(actionsOn(state, given, OWNER), ["demote", "hand_over", "take_control", "unmute", "kick", "ban"]);
});

test("a host does nothing to another, a moderator only to those below", () => {
  assert.deepEqual(actionsOn(roomOf({ role: "host" }), bob({ role: "host" }), OWNER), []);
  assert.deepEqual(actionsOn(roomOf({ role: "moderator" }), bob({ role: "moderator" }), OWNER), []);
  assert.deepEqual(actionsOn(roomOf({ role: "moderator" }), bob(), OWNER), ["mute", "kick", "ban"]);
  assert.deepEqual(actionsOn(roomOf({ role: "moderator" }, { control: "moderators" }), bob(), OWNER), ["give_control", "mute", "kick", "ban"]);
  for (const role of /** @type {const} */ (["member", "guest"])) assert.deepEqual(actionsOn(roomOf({ role }), bob(), OWNER), []);
});

test("a guest gets no other role, and nobody touches the owner", () => {
  assert.deepEqual(actionsOn(roomOf({ role: "host" }), bob({ role: "guest" }), OWNER), ["give_control", "mute", "kick", "ban"]);
  assert.deepEqual(actionsOn(roomOf({ role: "host" }), bob({ user: OWNER, role: "host" }), OWNER), []);
});

test("oneself: only the owner who handed over may be the host again", () => {
  const you = roomOf({ user: OWNER, role: "moderator" });
  assert.deepEqual(actionsOn(you, bob({ user: OWNER, role: "moderator" }), OWNER), ["be_host"]);
  assert.deepEqual(actionsOn(roomOf({ role: "moderator" }), bob({ user: "you", role: "moderator" }), OWNER), []);
});

test("slow chat: one's own last line counts, and never for longer than the room wants", () => {
  const line = { chat_seq: 1, by: { id: "p", user: "you", name: "You" }, text: "hi", sent_at: "1970-01-01T00:01:40Z" };
  const state = addChat(roomOf({ role: "member" }, { slow_mode: 10 }), [line, { ...line, chat_seq: 2, by: { ...line.by, user: "bob" } }]);
  assert.deepEqual([100, 104.5, 110, 200, 0].map((now) => waitToSay(state, OWNER, now)), [10, 6, 0, 0, 10]);
  assert.equal(slowFor(roomOf({ role: "moderator" }, { slow_mode: 10 }), OWNER), 0);
  assert.equal(slowFor(roomOf({ user: OWNER, role: "member" }, { slow_mode: 10 }), OWNER), 0);
  assert.equal(slowFor(roomOf({ role: "guest" }, { slow_mode: 10 }), OWNER), 10);
});
