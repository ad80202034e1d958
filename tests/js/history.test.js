// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { readHistory } from "../../static/js/room/history.js";
import { emptyRoom, reduce } from "../../static/js/sync/room_state.js";
import { welcome } from "./examples.js";

/**
 * @typedef {import("../../static/js/sync/protocol.js").ServerMessage} ServerMessage
 * @typedef {import("../../static/js/sync/room_state.js").RoomState} RoomState
 */

/** @param {number} chat_seq */
function line(chat_seq) {
  const by = { id: "bob", user: "u", name: "Bob" };
  return { type: /** @type {const} */ ("chat"), chat_seq, by, text: `${chat_seq}`, sent_at: "2026-01-01T00:00:00Z" };
}

/** A page that reads the history of a room; `log` is what the server has stored. */
function page() {
  const log = { last: 0, deleted: /** @type {Set<number>} */ (new Set()), down: false };
  /** @type {string[]} */
  const asked = [];
  /** @type {string[]} */
  const failures = [];
  const api = {
    /** @param {string} path */
    async get(path) {
      asked.push(path);
      if (log.down) throw new Error("unavailable");
      const query = new URL(path, "http://room").searchParams;
      const [size, after, before] = [query.get("page_size") ?? 50, query.get("after") ?? 0, query.get("before") ?? Infinity].map(Number);
      const all = Array.from({ length: log.last }, (_, i) => line(i + 1)).filter(({ chat_seq }) => !log.deleted.has(chat_seq));
      const wanted = all.filter(({ chat_seq }) => chat_seq > (after ?? 0) && chat_seq < (before ?? 0));
      const results = query.has("after") ? wanted.slice(0, size) : wanted.slice(-(size ?? 0));
      return { results, previous: (all[0]?.chat_seq ?? 0) < (results[0]?.chat_seq ?? 0) ? "/older" : null };
    },
  };
  /** @type {((state: RoomState, before: RoomState) => void)[]} */
  const stateViews = [];
  /** @type {((message: ServerMessage) => void)[]} */
  const messageViews = [];
  const party = {
    state: emptyRoom(),
    onState: (/** @type {(state: RoomState, before: RoomState) => void} */ view) => void stateViews.push(view),
    onMessage: (/** @type {(message: ServerMessage) => void} */ view) => void messageViews.push(view),
    update(/** @type {(state: RoomState) => RoomState} */ change) {
      const before = party.state;
      party.state = change(before);
      if (party.state !== before) for (const view of stateViews) view(party.state, before);
    },
  };
  readHistory(party, { api, code: "demo", failed: (text) => failures.push(text) });
  /** @param {ServerMessage[]} messages */
  const receive = async (...messages) => {
    for (const message of messages) {
      party.update((state) => reduce(state, message));
      for (const view of messageViews) view(message);
    }
    await new Promise((resolve) => setImmediate(resolve));
  };
  const held = () => party.state.chat.map(({ chat_seq }) => chat_seq);
  return { log, asked, failures, party, receive, held };
}

/** @param {number} from @param {number} to */
function upTo(from, to) {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

test("it works: on entry the newest hundred are read, once", async () => {
  const { log, receive, held, asked } = page();
  log.last = 250;
  await receive(welcome({ chat_seq: 250 }), line(251));
  assert.deepEqual(held(), upTo(151, 251));
  assert.equal(asked.length, 1);
});

test("a room without a line isn't asked for any", async () => {
  const { receive, asked } = page();
  await receive(welcome({ chat_seq: 0 }));
  assert.deepEqual(asked, []);
});

test("after more than 1000 missed lines the page holds the newest, with no gap among them", async () => {
  const { log, receive, held, party } = page();
  log.last = 50;
  await receive(welcome({ chat_seq: 50 }));
  log.last = 2000;
  await receive(welcome({ chat_seq: 2000 }), line(2001));
  assert.deepEqual(held(), upTo(1502, 2001));
  assert.equal(party.state.chatSeq, 2001);
});

test("so it does where most of the missed lines are deleted", async () => {
  const { log, receive, held } = page();
  log.last = 50;
  await receive(welcome({ chat_seq: 50 }));
  log.last = 1200;
  log.deleted = new Set(upTo(60, 1195));
  await receive(welcome({ chat_seq: 1200 }));
  assert.deepEqual(held(), [...upTo(1, 59), ...upTo(1196, 1200)]);
});

test("it does, too, where every line it knew was deleted", async () => {
  const { log, receive, held } = page();
  log.last = 2;
  await receive(welcome({ chat_seq: 2 }), { type: "chat_deleted", chat_seq: 1 }, { type: "chat_deleted", chat_seq: 2 });
  await receive({ type: "chat_deleted", chat_seq: 1 }, { type: "chat_deleted", chat_seq: 2 });
  assert.deepEqual(held(), []);
  log.last = 1500;
  await receive(welcome({ chat_seq: 1500 }));
  assert.deepEqual(held(), upTo(1001, 1500));
});

test("up to 1000 missed lines come by the socket", async () => {
  const { log, receive, asked } = page();
  log.last = 50;
  await receive(welcome({ chat_seq: 50 }));
  log.last = 1050;
  await receive(welcome({ chat_seq: 1050 }));
  assert.ok(asked.slice(1).every((path) => path.endsWith("before=51")), "but those here are read again: some may be deleted");
});

test("what was deleted while the page was cut off is gone after its reconnect, and nothing else", async () => {
  const { log, receive, held } = page();
  log.last = 350;
  await receive(welcome({ chat_seq: 350 }));
  log.last = 353;
  log.deleted = new Set([251, 300, 350]);
  await receive(welcome({ chat_seq: 353 }), line(351), line(352), line(353));
  assert.deepEqual(held(), upTo(251, 353).filter((seq) => !log.deleted.has(seq)));
  log.deleted = new Set(upTo(1, 353));
  await receive(welcome({ chat_seq: 353 }));
  assert.deepEqual(held(), []);
});

test("a history that can't be read is told", async () => {
  const { log, receive, failures } = page();
  log.down = true;
  await receive(welcome({ chat_seq: 50 }));
  assert.deepEqual(failures, ["unavailable"]);
});
