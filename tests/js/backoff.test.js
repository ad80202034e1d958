// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { afterClose, jittered } from "../../static/js/sync/backoff.js";
import { RECONNECT } from "../../static/js/sync/constants.js";
import { dice } from "./world.js";

test("it works", () => {
  const { verdict, wait } = afterClose(1006, 0, 0.5);
  assert.equal(verdict, "retry");
  assert.ok(wait > 0 && wait <= RECONNECT.first);
});

for (const code of [4400, 4403, 4404, 4409, 4410]) {
  test(`${code} stops`, () => assert.equal(afterClose(code, 0, 0.5).verdict, "stop"));
}

test("4401 signs in anew", () => assert.equal(afterClose(4401, 0, 0.5).verdict, "sign-in"));

test("4429 waits a minute", () => {
  const { verdict, wait } = afterClose(4429, 0, 0);
  assert.equal(verdict, "retry");
  assert.ok(wait >= 60_000);
});

test("a restart is met at a random moment within 3 s", () => {
  assert.equal(afterClose(1012, 0, 0).wait, 0);
  assert.equal(afterClose(1012, 0, 1).wait, 3000);
});

for (const code of [1001, 1006, 1011, 1013, 4408]) {
  test(`${code} is tried again`, () => assert.equal(afterClose(code, 3, 0.5).verdict, "retry"));
}

test("waits grow, are capped, and differ", () => {
  const random = dice(9);
  for (let attempt = 0; attempt < 40; attempt++) {
    const ceiling = Math.min(RECONNECT.longest, RECONNECT.first * 2 ** attempt);
    const waits = Array.from({ length: 50 }, () => jittered(attempt, random()));
    assert.ok(waits.every((wait) => wait >= ceiling / 4 && wait <= ceiling));
    assert.ok(new Set(waits).size > 40);
  }
});
