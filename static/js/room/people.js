// @ts-check
import { byId, make } from "./dom.js";
import { hueOf } from "./format.js";
import { say } from "./texts.js";
/**
 * @typedef {import("./party.js").Party} Party
 * @typedef {import("../sync/protocol.js").Participant} Participant
 */

const RANK = { host: 0, moderator: 1, member: 2, guest: 3 };

/**
 * Hosts first, then by name; the offline last.
 * @param {Iterable<Participant>} participants
 */
export function seated(participants) {
  return [...participants].sort((a, b) =>
    Number(a.state === "offline") - Number(b.state === "offline") || RANK[a.role] - RANK[b.role] || a.name.localeCompare(b.name));
}

/** Fifty people tell their drift each second: the list is drawn at most so often, in ms. */
const DRAWN_EVERY = 300;

/** @param {Party} party */
export function wirePeople(party) {
  const list = byId("participants", HTMLUListElement);
  const count = byId("people-count", HTMLElement);
  let due = false;

  const draw = () => {
    due = false;
    const { state } = party;
    count.textContent = String(state.count);
    const waited = new Set(state.timeline?.waiting_for);
    list.replaceChildren(...seated(state.participants.values()).map((p) => personRow(p, p.id === state.you?.id, waited.has(p.id))));
  };
  party.onState((state, before) => {
    if (due || (state.participants === before.participants && state.timeline === before.timeline)) return;
    due = true;
    window.setTimeout(draw, before.room === null ? 0 : DRAWN_EVERY);
  });
}

/**
 * @param {Participant} person
 * @param {boolean} own
 * @param {boolean} waitedFor
 */
function personRow(person, own, waitedFor) {
  const face = make("span", { class: "face", "aria-hidden": "true" }, [...person.name][0]?.toUpperCase() ?? "?");
  face.style.setProperty("--hue", String(hueOf(person.user)));
  const name = make("span", { class: "person-name" }, own ? say("you", { name: person.name }) : person.name);
  const row = make("li", { class: "person", "data-state": waitedFor ? "buffering" : person.state }, face, name);
  if (person.role !== "member") row.append(make("span", { class: "person-role" }, say(`role_${person.role}`)));
  const drift = person.drift === null || person.state !== "ready" ? null : say("ms", { count: Math.round(Math.abs(person.drift)) });
  row.append(make("span", { class: "person-state figures" }, drift ?? say(`state_${waitedFor ? "buffering" : person.state}`)));
  return row;
}
