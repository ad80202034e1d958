// @ts-check
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { bestTrack, shiftCues } from "../../static/js/room/captions.js";
import { describe } from "../../static/js/room/connection.js";
import { endingOf } from "../../static/js/room/endings.js";
import { clockTime, hueOf, oneDecimal } from "../../static/js/room/format.js";
import { describeCause } from "../../static/js/room/notices.js";
import { seated } from "../../static/js/room/people.js";
import { following } from "../../static/js/room/queue.js";
import { emptyRoom, reduce } from "../../static/js/sync/room_state.js";
import { participant, timeline, welcome } from "./examples.js";

const root = new URL("../../", import.meta.url);
const template = readFileSync(new URL("templates/rooms/room_texts.html", root), "utf8");
const modules = readdirSync(new URL("static/js/room/", root)).map((name) => readFileSync(new URL(`static/js/room/${name}`, root), "utf8")).join("\n");

/** @param {Partial<import("../../static/js/sync/protocol.js").Timeline>} [changes] */
function room(changes = {}) {
  const people = [participant("alice", { role: "host" }), participant("bob")];
  return reduce(emptyRoom(), welcome({ participants: people, participant_count: 2, timeline: timeline({ seq: 5, ...changes }) }));
}

/** @param {Partial<import("../../static/js/room/connection.js").Look>} changes */
function line(changes = {}) {
  return describe({ connected: true, everConnected: true, joined: true, state: room(), mode: "running", drift: 12.4, ...changes });
}

test("the status line: every state", () => {
  assert.deepEqual(line(), { tone: "ok", text: "in_sync", figure: " · ms" });
  assert.equal(line({ drift: -101 }).text, "catching_up");
  assert.equal(line({ mode: "starting" }).text, "catching_up");
  assert.equal(line({ joined: false }).text, "connected");
  assert.equal(line({ state: room({ item: null }) }).text, "connected");
  assert.equal(line({ connected: false }).text, "reconnecting");
  assert.equal(line({ connected: false, everConnected: false }).text, "connecting");
  assert.equal(line({ state: room({ state: "waiting", waiting_for: ["bob"] }) }).text, "waiting_for");
  assert.equal(line({ state: room({ state: "waiting", waiting_for: ["bob", "alice"] }) }).text, "waiting_for_more");
  assert.equal(line({ state: room({ state: "waiting" }) }).text, "waiting");
});

test("endings: each code has its page", () => {
  assert.equal(endingOf(4401, "").key, "end_signed_out");
  assert.equal(endingOf(4403, "kicked").key, "end_kicked");
  assert.equal(endingOf(4403, "banned").key, "end_banned");
  assert.equal(endingOf(4403, "not_member").key, "end_not_member");
  assert.equal(endingOf(4404, "").key, "end_absent");
  assert.equal(endingOf(4409, "").key, "end_elsewhere");
  assert.equal(endingOf(4410, "").key, "end_closed");
  assert.equal(endingOf(4400, "").key, "end_protocol");
});

test("what somebody did is told, what nobody did isn't", () => {
  const told = (/** @type {string} */ action, /** @type {string | null} */ by) =>
    describeCause({ ...room(), cause: { action, by, id: null } });
  for (const action of ["play", "pause", "seek", "rate", "load", "buffering"]) assert.equal(told(action, "bob"), `did_${action}`);
  for (const action of ["resumed", "ended", "left"]) assert.equal(told(action, null), null);
  assert.equal(told("buffering", null), null);
  assert.equal(told("pause", null), "did_pause");
});

test("hosts sit in front, the offline at the back", () => {
  const people = [participant("zoe"), participant("bob"), participant("gone", { role: "host", state: "offline" }), participant("alice", { role: "host" })];
  assert.deepEqual(seated(people).map(({ id }) => id), ["alice", "bob", "zoe", "gone"]);
});

test("next is what follows in the queue", () => {
  const entries = /** @type {any[]} */ (["a", "waits", "b"].map((id) => ({ id: `entry-${id}`, movie: { id, status: id === "waits" ? "processing" : "ready" } })));
  assert.equal(following(entries, "a")?.id, "b");
  assert.equal(following(entries, "b"), null);
  assert.equal(following(entries, null)?.id, "a");
  assert.equal(following([], "a"), null);
});

test("captions come in the language of choice, then of the browser, then at all", () => {
  const tracks = ["de", "en", "pt-BR"].map((language) => ({ language }));
  assert.equal(bestTrack(tracks, ["", "en-GB", "en"])?.language, "en");
  assert.equal(bestTrack(tracks, ["pt-PT"])?.language, "pt-BR");
  assert.equal(bestTrack(tracks, ["de", "en"])?.language, "de");
  assert.equal(bestTrack(tracks, ["fr"])?.language, "de");
  assert.equal(bestTrack([], ["en"]), undefined);
});

test("of two tracks in one language the chosen one is shown", () => {
  const tracks = [{ language: "de", label: "Deutsch" }, { language: "en", label: "English" }, { language: "en", label: "English (SDH)" }];
  assert.equal(bestTrack(tracks, ["en"], "English (SDH)"), tracks[2]);
  assert.equal(bestTrack(tracks, ["en"], "gone"), tracks[1]);
  assert.equal(bestTrack(tracks, ["fr", "en-GB"]), tracks[1]);
});

test("an offset moves every caption, from where it was in the file", () => {
  // As a browser's list does: in order of time, always.
  const cues = [1, 2, 3].map((startTime) => ({ startTime, endTime: startTime + 0.5 }));
  const list = { *[Symbol.iterator]() { for (let i = 0; i < cues.length; i += 1) yield cues.toSorted((a, b) => a.startTime - b.startTime)[i] ?? assert.fail(); } };
  const original = new WeakMap();
  shiftCues(list, 5, original);
  assert.deepEqual(cues.map(({ startTime, endTime }) => [startTime, endTime]), [[6, 6.5], [7, 7.5], [8, 8.5]]);
  shiftCues(list, 0, original);
  assert.deepEqual(cues.map(({ startTime }) => startTime), [1, 2, 3]);
});

test("times and figures read well", () => {
  assert.deepEqual([0, 65, 3723.9, NaN, -3].map(clockTime), ["0:00", "1:05", "1:02:03", "0:00", "0:00"]);
  assert.deepEqual([0, -0.04, 12.34, -3].map(oneDecimal), ["0.0", "0.0", "12.3", "-3.0"]);
});

test("everybody keeps their colour", () => {
  assert.equal(hueOf("alice"), hueOf("alice"));
  assert.ok(hueOf("🍿") >= 0 && hueOf("🍿") < 360);
});

test("every text that the modules say is in the template, and the other way round", () => {
  const there = new Set([...template.matchAll(/data-text="(\w+)"/g)].map((match) => match[1] ?? ""));
  const families = [...there].filter((key) => /^(role|state|did|end|only|no_movie|broken|person)_|^(end|no_movie)/.test(key));
  const said = new Set([...modules.matchAll(/"([a-z_]+)"/g)].map((match) => match[1]));
  const direct = [...modules.matchAll(/\bsay\(\s*"(\w+)"/g)].map((match) => match[1] ?? "");
  for (const key of direct) assert.ok(there.has(key), `${key} isn't in room_texts.html`);
  for (const key of there) assert.ok(said.has(key) || families.includes(key), `nothing says ${key}`);
});
