// @ts-check
import { byId, icon, make } from "./dom.js";
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
const DOTS = "M5 12h.01M12 12h.01M19 12h.01";

/**
 * @param {Party} party
 * @param {{open: (person: Participant) => void, any: (person: Participant) => boolean}} actions on a person, and
 *   whether there are any
 */
export function wirePeople(party, actions) {
  const list = byId("participants", HTMLUListElement);
  const count = byId("people-count", HTMLElement);
  /** @type {Map<string, ReturnType<typeof personRow>>} */
  const rows = new Map();
  let due = false;

  const draw = () => {
    due = false;
    const { state } = party;
    count.textContent = String(state.count);
    for (const [id, { row }] of rows) {
      if (state.participants.has(id)) continue;
      row.remove();
      rows.delete(id);
    }
    const waited = new Set(state.timeline?.waiting_for);
    seated(state.participants.values()).forEach((person, place) => {
      const shown = rows.get(person.id) ?? personRow(() => actions.open(party.state.participants.get(person.id) ?? person));
      rows.set(person.id, shown);
      shown.show(person, { own: person.id === state.you?.id, waitedFor: waited.has(person.id), actions: actions.any(person) });
      if (list.children[place] !== shown.row) list.insertBefore(shown.row, list.children[place] ?? null);
    });
  };
  party.onState((state, before) => {
    const same = state.participants === before.participants && state.timeline === before.timeline && state.room === before.room;
    if (due || same) return;
    due = true;
    window.setTimeout(draw, before.room === null ? 0 : DRAWN_EVERY);
  });
}

/**
 * A row that stays the same element, so that its button keeps the focus while figures change.
 * @param {() => void} open
 */
function personRow(open) {
  const face = make("span", { class: "face", "aria-hidden": "true" });
  const name = make("span", { class: "person-name" });
  const role = make("span", { class: "person-role" });
  const muted = make("span", { class: "person-role" }, say("muted"));
  const figure = make("span", { class: "person-state figures" });
  const more = make("button", { class: "person-more", type: "button", "aria-haspopup": "dialog" }, icon(DOTS));
  more.addEventListener("click", open);
  const row = make("li", { class: "person" }, face, name, role, muted, figure, more);

  /**
   * @param {Participant} person
   * @param {{own: boolean, waitedFor: boolean, actions: boolean}} about
   */
  const show = (person, { own, waitedFor, actions }) => {
    const state = waitedFor ? "buffering" : person.state;
    const drift = person.drift === null || person.state !== "ready" ? null : say("ms", { count: Math.round(Math.abs(person.drift)) });
    row.dataset.state = state;
    face.textContent = [...person.name][0]?.toUpperCase() ?? "?";
    face.style.setProperty("--hue", String(hueOf(person.user)));
    name.textContent = own ? say("you", { name: person.name }) : person.name;
    role.textContent = person.role === "member" ? "" : say(`role_${person.role}`);
    role.hidden = person.role === "member";
    muted.hidden = !person.muted;
    figure.textContent = drift ?? say(`state_${state}`);
    more.hidden = !actions;
    more.setAttribute("aria-label", say("person_more", { name: person.name }));
  };
  return { row, show };
}
