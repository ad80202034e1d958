// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { addChat, emptyRoom, mayControl, mayGrant, reduce } from "../../static/js/sync/room_state.js";
import { participant, timeline, welcome } from "./examples.js";

/** @typedef {import("../../static/js/sync/protocol.js").ServerMessage} ServerMessage */

/** @param {ServerMessage[]} messages */
function after(...messages) {
  return messages.reduce(reduce, emptyRoom());
}

/** @param {number} chat_seq */
function line(chat_seq) {
  const by = { id: "bob", user: "u", name: "Bob" };
  return { type: /** @type {const} */ ("chat"), chat_seq, by, text: `${chat_seq}`, sent_at: "2026-01-01T00:00:00Z" };
}

test("it works", () => {
  const state = after(welcome());
  assert.equal(state.session, "s1");
  assert.equal(state.timeline?.seq, 5);
  assert.equal(state.you?.role, "host");
  assert.equal(state.chatSeq, 3);
});

test("only a higher seq is applied", () => {
  for (const seq of [4, 5]) {
    assert.equal(after(welcome(), { type: "timeline", ...timeline({ seq, position: 9 }) }).timeline?.position, 0);
  }
  const state = after(welcome(), {
    type: "timeline", ...timeline({ seq: 6, position: 9 }), cause: { action: "seek", by: "bob", id: "1" },
  });
  assert.equal(state.timeline?.position, 9);
  assert.equal(state.cause?.action, "seek");
});

test("a snapshot never takes the timeline back", () => {
  const state = after(welcome({ timeline: timeline({ seq: 9, position: 1 }) }), welcome({ timeline: timeline({ seq: 8 }) }));
  assert.equal(state.timeline?.seq, 9);
});

test("presence comes, changes and goes", () => {
  const bob = participant("bob");
  let state = after(welcome(), { type: "presence", event: "joined", participant: bob });
  assert.equal(state.count, 2);
  state = reduce(state, { type: "presence", event: "changed", participant: { ...bob, state: "buffering" } });
  assert.equal(state.participants.get("bob")?.state, "buffering");
  state = reduce(state, { type: "presence", event: "left", participant: bob });
  assert.equal(state.count, 1);
  assert.equal(state.participants.has("bob"), false);
});

test("a changed role is mine at once", () => {
  const state = after(welcome(), { type: "presence", event: "changed", participant: participant("alice", { role: "member" }) });
  assert.equal(state.you?.role, "member");
});

test("rosters tell the count", () => {
  const state = after(welcome(), { type: "roster", joined: [participant("bob")], changed: [], left: ["alice"], count: 70 });
  assert.deepEqual([...state.participants.keys()], ["bob"]);
  assert.equal(state.count, 70);
});

test("chat is in order, each line once", () => {
  let state = after(welcome(), line(5), line(4), line(5));
  assert.deepEqual(state.chat.map((l) => l.chat_seq), [4, 5]);
  assert.equal(state.chatSeq, 5);
  state = addChat(state, [line(2), line(4)]);
  assert.deepEqual(state.chat.map((l) => l.chat_seq), [2, 4, 5]);
  assert.equal(state.chatSeq, 5);
});

test("a second welcome doesn't skip lines that are still to come", () => {
  assert.equal(after(welcome({ chat_seq: 3 }), welcome({ chat_seq: 8 })).chatSeq, 3);
});

test("a deleted line disappears", () => {
  assert.equal(after(welcome(), line(4), { type: "chat_deleted", chat_seq: 4 }).chat.length, 0);
});

test("unknown types change nothing", () => {
  const state = after(welcome());
  assert.equal(reduce(state, /** @type {any} */ ({ type: "future" })), state);
});

for (const [control, role, may] of /** @type {const} */ ([
  ["everyone", "guest", true], ["everyone", "host", true],
  ["moderators", "moderator", true], ["moderators", "host", true], ["moderators", "member", false],
  ["host", "host", true], ["host", "moderator", false], ["host", "guest", false],
])) {
  test(`control ${control}: a ${role} ${may ? "may" : "may not"}`, () => {
    const you = participant("me", { role });
    const state = after(welcome({ you, participants: [you], room: { code: "d", name: "D", control, buffering: {} } }));
    assert.equal(mayControl(state), may);
  });
}

test("who was let control may, whatever the role, and may let nobody else", () => {
  const you = participant("me", { role: "member", controls: true });
  const state = after(welcome({ you, participants: [you], room: { code: "d", name: "D", control: "host", buffering: {} } }));
  assert.equal(mayControl(state), true);
  assert.equal(mayGrant(state), false);
});

test("a new rule of control counts at once", () => {
  const you = participant("me", { role: "member" });
  const state = after(welcome({ you, participants: [you] }), { type: "room", code: "demo", name: "New", control: "host", buffering: {} });
  assert.equal(state.room?.name, "New");
  assert.equal(mayControl(state), false);
});
