// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { RoomClock } from "../../static/js/sync/clock.js";
import { RECONNECT } from "../../static/js/sync/constants.js";
import { decode, newId } from "../../static/js/sync/protocol.js";
import { probeInterval, RoomSocket } from "../../static/js/sync/socket.js";
import { welcome } from "./examples.js";
import { dice, World } from "./world.js";

Object.assign(globalThis, { WebSocket: { OPEN: 1 } });

const MINUTE = 60_000;

class FakeSocket {
  readyState = 0;
  /** @type {any[]} */
  sent = [];
  /** @type {((message: any) => void) | null} what the server does with it */
  served = null;
  /** @type {(() => void) | null} */
  onopen = null;
  /** @type {((event: {data: unknown}) => void) | null} */
  onmessage = null;
  /** @type {((event: {code: number, reason: string}) => void) | null} */
  onclose = null;

  /** @param {string} url */
  constructor(url) {
    this.url = new URL(url, "ws://room");
  }

  /** @param {string} frame */
  send(frame) {
    this.sent.push(JSON.parse(frame));
    this.served?.(this.sent.at(-1));
  }

  close() {
    this.readyState = 3;
  }

  accept() {
    this.readyState = 1;
    this.onopen?.();
    this.say(welcome());
  }

  /** @param {object} message */
  say(message) {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  /** @param {number} code */
  end(code, reason = "") {
    this.readyState = 3;
    this.onclose?.({ code, reason });
  }

  /** @param {string} type */
  count(type) {
    return this.sent.filter((message) => message.type === type).length;
  }
}

function connection() {
  const world = new World({ random: dice(1), timerLag: 0 });
  /** @type {FakeSocket[]} */
  const sockets = [];
  /** @type {import("../../static/js/sync/socket.js").Link[]} */
  const links = [];
  /** @type {import("../../static/js/sync/protocol.js").ServerMessage[]} */
  const received = [];
  const held = { session: /** @type {string | null} */ (null), seq: 5, chatSeq: 3 };
  const clock = new RoomClock();
  const browser = { hidden: false };
  const timers = {
    ...world.timers,
    // A hidden tab's timers run on the minute, all that are due.
    after: (/** @type {number} */ ms, /** @type {() => void} */ run) =>
      world.timers.after(browser.hidden ? Math.ceil((world.now + ms) / MINUTE) * MINUTE - world.now : ms, run),
  };
  const socket = new RoomSocket({
    url: "/ws/rooms/demo/", clock, timers, random: () => 0.5,
    open: (url) => {
      sockets.push(new FakeSocket(url));
      return /** @type {WebSocket} */ (/** @type {unknown} */ (sockets.at(-1)));
    },
    held: () => held, received: (message) => received.push(message), changed: (link) => links.push(link),
  });
  socket.connect();
  const last = () => /** @type {FakeSocket} */ (sockets.at(-1));
  return { world, socket, sockets, links, received, held, clock, last, browser };
}

test("it works", () => {
  const { last, links, received } = connection();
  last().accept();
  assert.deepEqual(links.map((link) => link.state), ["connecting", "open"]);
  assert.equal(received[0]?.type, "welcome");
  assert.equal(last().url.search, "");
});

test("probes: 12 at 80 ms, 8 at 500 ms, then every 2 s", () => {
  const intervals = Array.from({ length: 25 }, (_, i) => probeInterval(i + 1));
  assert.deepEqual(intervals, [...Array(11).fill(80), ...Array(8).fill(500), ...Array(6).fill(2000)]);
  const { last, world } = connection();
  last().accept();
  world.run(900);
  assert.equal(last().count("clock"), 12);
});

test("clock replies feed the clock and aren't passed on", () => {
  const { last, clock, received } = connection();
  last().accept();
  last().say({ type: "clock", t0: 0, t1: 1000, t2: 1000, seq: 5 });
  assert.equal(clock.count, 1);
  assert.equal(clock.offset, 1_000_000);
  assert.equal(received.length, 1);
});

test("a higher seq in a clock reply asks for a snapshot, once", () => {
  const { last } = connection();
  last().accept();
  for (const seq of [5, 6, 6, 7]) last().say({ type: "clock", t0: 0, t1: 1000, t2: 1000, seq });
  assert.equal(last().count("sync"), 2);
});

test("a cut is retried, and resumes", () => {
  const { last, world, sockets, held } = connection();
  last().accept();
  held.session = "s1";
  last().end(1006);
  world.run(RECONNECT.first);
  assert.equal(sockets.length, 2);
  assert.deepEqual(Object.fromEntries(last().url.searchParams), { session: "s1", seq: "5", chat_seq: "3" });
});

test("attempts that fail wait longer each time, and a welcome forgets them", () => {
  const { last, world, links } = connection();
  const waits = [];
  for (let i = 0; i < 4; i++) {
    last().end(1006);
    const link = links.at(-1);
    assert.ok(link?.state === "waiting");
    waits.push(link.retryAt - world.now);
    world.run(link.retryAt + 1);
  }
  assert.ok(waits.every((wait, i) => i === 0 || wait > (waits[i - 1] ?? 0)));
  last().accept();
  last().end(1006);
  const link = links.at(-1);
  assert.ok(link?.state === "waiting" && link.retryAt - world.now <= RECONNECT.first);
});

for (const code of [4400, 4403, 4404, 4409, 4410, 4401]) {
  test(`after ${code} it never comes back by itself`, () => {
    const { last, world, sockets, links, socket } = connection();
    last().accept();
    last().end(code, "kicked");
    socket.hurry();
    world.run(600_000);
    assert.equal(sockets.length, 1);
    const link = links.at(-1);
    assert.ok(link?.state === "ended" && link.code === code && link.reason === "kicked");
  });
}

test("a connection that fell silent is given up", () => {
  const { last, world, sockets } = connection();
  last().accept();
  const first = last();
  world.run(RECONNECT.silence + 4000);
  assert.equal(first.readyState, 3);
  assert.equal(sockets.length, 2);
});

/**
 * Answers every probe after a round trip.
 * @param {ReturnType<typeof connection>} connection
 */
function serve({ world, last }) {
  const socket = last();
  socket.served = ({ type, t0 }) => {
    if (type === "clock") world.at(world.now + 40, () => socket.say({ type, t0, t1: world.now / 1000, t2: world.now / 1000, seq: 5 }));
  };
}

test("a hidden tab with one timer a minute keeps a quiet connection that answers", () => {
  const here = connection();
  serve(here);
  here.last().accept();
  here.world.run(15_000);
  here.browser.hidden = true;
  here.world.run(10 * MINUTE);
  assert.equal(here.sockets.length, 1);
  assert.equal(here.last().readyState, 1);
});

test("a hidden tab gives a dead connection up within three of its timers", () => {
  const { last, world, sockets, browser } = connection();
  browser.hidden = true;
  last().accept();
  world.run(3 * MINUTE + 1000);
  assert.equal(sockets[0]?.readyState, 3);
});

test("a page that slept over an answer waits for it before it gives up", () => {
  const here = connection();
  serve(here);
  here.last().accept();
  here.world.run(15_000);
  const socket = here.last();
  socket.served = null;
  here.world.run(16_000);
  // The machine sleeps: neither timers nor answers for half an hour, and then a slow way.
  here.world.now += 30 * MINUTE;
  here.socket.burst();
  here.world.run(here.world.now + 900);
  assert.equal(socket.readyState, 1);
  socket.say({ type: "clock", t0: 0, t1: 1000, t2: 1000, seq: 5 });
  serve(here);
  here.world.run(here.world.now + MINUTE);
  assert.equal(here.sockets.length, 1);
});

test("an attempt that hangs is given up", () => {
  const { world, sockets } = connection();
  world.run(RECONNECT.silence + 1000);
  assert.equal(sockets.length, 2);
});

test("whoever looks at the page doesn't sit out the wait", () => {
  const { last, socket, sockets } = connection();
  last().end(1013);
  socket.hurry();
  assert.equal(sockets.length, 2);
});

test("but who was flooding does", () => {
  const { last, socket, sockets, world } = connection();
  last().end(4429);
  socket.hurry();
  socket.burst();
  world.run(59_000);
  assert.equal(sockets.length, 1);
});

test("what can't be sent is told so", () => {
  const { socket, last } = connection();
  assert.equal(socket.send({ type: "typing" }), false);
  last().accept();
  assert.equal(socket.send({ type: "typing" }), true);
});

test("rubbish from the wire is ignored", () => {
  for (const frame of ["", "{", "null", "[]", '{"no":"type"}', new ArrayBuffer(2)]) assert.equal(decode(frame), null);
});

test("ids are new and short enough", () => {
  const ids = new Set(Array.from({ length: 1000 }, newId));
  assert.equal(ids.size, 1000);
  for (const id of ids) assert.ok(id.length >= 1 && id.length <= 64);
});
