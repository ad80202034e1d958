// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { JOIN } from "../../static/js/sync/constants.js";
import { keepOrMiss, meet, scheduled } from "../../static/js/sync/join.js";
import { timeline } from "./examples.js";

const running = timeline({ state: "playing", position: 10, anchor: 100 });

test("it works", () => {
  const plan = meet(running, 105_000);
  assert.deepEqual(plan, { at: 105_500, position: 15.5, lead: JOIN.lead });
  assert.equal(keepOrMiss(plan, running, 105_400), plan);
});

test("a little late is still the same plan: the steering makes it up", () => {
  const plan = meet(running, 105_000);
  assert.equal(keepOrMiss(plan, running, plan.at + 500), plan);
});

test("a plan that was missed is made anew with twice the lead, up to a limit", () => {
  let plan = meet(running, 105_000);
  const leads = [];
  for (let i = 0; i < 8; i++) {
    plan = keepOrMiss(plan, running, plan.at + 501);
    leads.push(plan.lead);
  }
  assert.deepEqual(leads, [1000, 2000, 4000, 8000, 8000, 8000, 8000, 8000]);
});

test("the room's rate counts", () => {
  assert.equal(meet(timeline({ state: "playing", position: 10, anchor: 100, rate: 2 }), 105_000).position, 21);
});

test("nobody is met behind the end", () => {
  assert.equal(meet(running, 999_000, 60).position, 60);
});

test("a scheduled start keeps the room's own moment", () => {
  const plan = scheduled(timeline({ state: "playing", position: 3, anchor: 200 }));
  assert.equal(plan.at, 200_000);
  assert.equal(plan.position, 3);
});
