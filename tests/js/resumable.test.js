import assert from "node:assert/strict";
import { test } from "node:test";

import { Gate, Refused, nextByte, sendChunks, thenComplete } from "../../static/js/pages/resumable.js";

/** A server that keeps what comes; `troubles` are what it does instead, one after the other: a status, or "cut". */
function server(size, troubles = []) {
  const seen = { have: 0, asked: 0, puts: [], waits: [], lost: [] };
  const answer = () =>
    seen.have === size
      ? { status: 200, range: null, body: "done" }
      : { status: 308, range: seen.have ? `bytes=0-${seen.have - 1}` : null, body: "" };
  const line = {
    async ask() {
      seen.asked += 1;
      return answer();
    },
    async put(first, end) {
      seen.puts.push([first, end]);
      const trouble = troubles.shift();
      if (trouble === "cut") {
        seen.have = first + 1;
        throw new Error("cut");
      }
      if (trouble) return { status: trouble, range: null, body: "no" };
      assert.equal(first, seen.have);
      seen.have = end;
      return answer();
    },
  };
  const gate = new Gate();
  const stop = new AbortController();
  const wait = async (ms) => void seen.waits.push(ms);
  const lost = (status) => void seen.lost.push(status);
  return { seen, line, gate, stop, options: { size, chunk: 4, line, gate, signal: stop.signal, wait, lost } };
}

test("it goes in chunks, the last one is shorter", async () => {
  const { seen, options } = server(10);
  assert.equal(await sendChunks(options), "done");
  assert.deepEqual(seen.puts, [[0, 4], [4, 8], [8, 10]]);
  assert.equal(seen.asked, 1);
});

test("what has come before is not sent again", async () => {
  const { seen, options } = server(10);
  seen.have = 5;
  await sendChunks(options);
  assert.deepEqual(seen.puts, [[5, 9], [9, 10]]);
});

test("one that is finished already is only asked for", async () => {
  const { seen, options } = server(10);
  seen.have = 10;
  assert.equal(await sendChunks(options), "done");
  assert.deepEqual(seen.puts, []);
});

test("after a cut it asks how far it got, and goes on there", async () => {
  const { seen, options } = server(10, ["cut"]);
  await sendChunks(options);
  assert.deepEqual(seen.puts, [[0, 4], [1, 5], [5, 9], [9, 10]]);
  assert.deepEqual(seen.lost, [0]);
});

test("what is for now is tried again, ever more rarely, until there is headway", async () => {
  const { seen, options } = server(8, [503, 409, 502, 500, 429, 504, 408]);
  const { put } = options.line;
  let reached = true;
  options.line.put = async (first, end) => {
    if (first === 4 && (reached = !reached) === false) throw new Error("offline");
    return put(first, end);
  };
  await sendChunks(options);
  assert.deepEqual(seen.lost, [503, 409, 502, 500, 429, 504, 408, 0]);
  assert.deepEqual(seen.waits, [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 1000]);
});

test("while the server puts the whole file in its place, it is asked again, and nothing is sent", async () => {
  const { seen, options } = server(4);
  const answers = [308, 308, 200];
  options.line.ask = async () => ({ status: answers.shift(), range: "bytes=0-3", body: "done" });
  assert.equal(await sendChunks(options), "done");
  assert.deepEqual(seen.puts, []);
  assert.deepEqual(seen.waits, [1000, 2000]);
});

test("an answer after which nothing more has come is no headway", async () => {
  const { seen, options } = server(10, [308]);
  assert.equal(await sendChunks(options), "done");
  assert.deepEqual(seen.puts, [[0, 4], [0, 4], [4, 8], [8, 10]]);
  assert.deepEqual(seen.waits, [1000]);
});

test("who is signed out may go on after signing in again", async () => {
  const { seen, gate, options } = server(10, [401]);
  options.lost = (status) => {
    assert.equal(status, 401);
    assert.equal(gate.paused, true);
    setTimeout(() => gate.resume(), 5);
  };
  assert.equal(await sendChunks(options), "done");
  assert.deepEqual(seen.puts, [[0, 4], [0, 4], [4, 8], [8, 10]]);
  assert.deepEqual(seen.waits, []);
});

test("a refusal ends it", async () => {
  for (const status of [400, 403, 404, 413, 507]) {
    const { options } = server(10, [status]);
    await assert.rejects(sendChunks(options), (error) => error instanceof Refused && error.status === status && error.body === "no");
  }
});

test("while it is paused nothing is sent, nor waited for", async () => {
  const { seen, line, gate, options } = server(10);
  const put = line.put;
  let resumed = false;
  line.put = async (first, end) => {
    if (first === 4 && !resumed) {
      gate.pause();
      setTimeout(() => {
        assert.equal(seen.have, 4);
        resumed = true;
        gate.resume();
      }, 5);
      throw new Error("stopped");
    }
    return put(first, end);
  };
  assert.equal(await sendChunks(options), "done");
  assert.equal(seen.asked, 2);
  assert.deepEqual(seen.waits, []);
});

test("called off it stops, also while it is paused", async () => {
  const { seen, gate, stop, options } = server(10);
  gate.pause();
  const sending = sendChunks(options);
  stop.abort(new Error("off"));
  gate.resume();
  await assert.rejects(sending, /off/);
  assert.equal(seen.asked, 0);
});

test("the header of a 308 tells the next byte", () => {
  assert.equal(nextByte("bytes=0-524287"), 524288);
  assert.equal(nextByte(null), 0);
});

/** A bucket's session, and our server, which knows only what `complete` tells. */
function bucket(size, troubles = [], completed = { status: 200, range: null, body: "movie" }) {
  const there = server(size, troubles);
  const seen = { ...there.seen, completes: 0 };
  const complete = async () => {
    seen.completes += 1;
    return completed;
  };
  return { there, seen, options: { ...there.options, line: thenComplete(there.line, complete) } };
}

test("to a bucket the end is told to our server, once", async () => {
  const { seen, options } = bucket(10);
  assert.equal(await sendChunks(options), "movie");
  assert.equal(seen.completes, 1);
});

test("a session that is over may have been through: our server knows", async () => {
  const { seen, options } = bucket(10, [404]);
  assert.equal(await sendChunks(options), "movie");
  assert.equal(seen.completes, 1);
});

test("a session that is over, and not through, is the end of it", async () => {
  const { options } = bucket(10, [410], { status: 409, range: null, body: "incomplete" });
  await assert.rejects(sendChunks(options), (error) => error instanceof Refused && error.status === 410);
});

test("what our server refuses then is said", async () => {
  const { options } = bucket(10, [], { status: 400, range: null, body: "no film" });
  await assert.rejects(sendChunks(options), (error) => error instanceof Refused && error.body === "no film");
});
