// @ts-check
import { byId, make } from "./dom.js";
import { say } from "./texts.js";
import { mayGrant } from "../sync/room_state.js";
/**
 * @typedef {import("./api.js").Api} Api
 * @typedef {import("./party.js").Party} Party
 * @typedef {import("../sync/protocol.js").Participant} Participant
 * @typedef {import("../sync/room_state.js").RoomState} RoomState
 * @typedef {"promote" | "demote" | "hand_over" | "be_host" | "give_control" | "take_control" | "mute" | "unmute" | "kick"
 *   | "ban"} Action
 */

const OWNER_RANK = 4;
const RANKS = { host: 3, moderator: 2, member: 1, guest: 0 };

/**
 * What you may do to somebody, as rooms/access.py has it; the server decides.
 * @param {RoomState} state
 * @param {Participant} person
 * @param {string} owner the user whose room it is
 * @returns {Action[]}
 */
export function actionsOn(state, person, owner) {
  const { you, room } = state;
  if (you === null || room === null) return [];
  if (person.user === you.user) return you.user === owner && you.role !== "host" ? ["be_host"] : [];
  const rank = (/** @type {Participant} */ one) => (one.user === owner ? OWNER_RANK : RANKS[one.role]);
  const above = rank(you) > rank(person);
  /** @type {Action[]} */
  const actions = [];
  if (rank(you) >= RANKS.host && person.role !== "guest") {
    if (above) actions.push(person.role === "member" ? "promote" : "demote");
    if (person.role !== "host") actions.push("hand_over");
  }
  const byRole = person.role === "host" || room.control === "everyone" || (room.control === "moderators" && person.role === "moderator");
  if (mayGrant(state) && !byRole) actions.push(person.controls ? "take_control" : "give_control");
  if (above && rank(you) >= RANKS.moderator) actions.push(person.muted ? "unmute" : "mute", "kick", "ban");
  return actions;
}

/**
 * The dialog with what you may do to somebody.
 * @param {Party} party
 * @param {{api: Api, code: string, owner: string, notice: (text: string) => void}} parts
 */
export function wirePersonActions(party, { api, code, owner, notice }) {
  const dialog = byId("person", HTMLDialogElement);
  const title = byId("person-title", HTMLElement);
  const list = byId("person-actions", HTMLUListElement);
  const path = `rooms/${code}/`;

  /**
   * @param {Action} action
   * @param {Participant} person
   * @returns {Promise<unknown>}
   */
  const ask = (action, { user, role }) => {
    const member = `${path}members/${user}/`;
    switch (action) {
      case "promote": return api.patch(member, { role: "moderator" });
      case "demote": return api.patch(member, { role: role === "host" ? "moderator" : "member" });
      case "hand_over":
      case "be_host": return api.post(`${path}host/`, { user });
      case "give_control": return api.patch(member, { may_control: true });
      case "take_control": return api.patch(member, { may_control: false });
      case "mute": return api.patch(member, { muted: true });
      case "unmute": return api.patch(member, { muted: false });
      case "kick": return api.delete(member);
      case "ban": return api.post(`${path}bans/`, { user });
    }
  };

  /** @param {Participant} person */
  const open = (person) => {
    title.textContent = person.name;
    list.replaceChildren(...actionsOn(party.state, person, owner).map((action) => {
      const grave = action === "kick" || action === "ban";
      const label = say(`person_${action === "demote" && person.role === "host" ? "demote_host" : action}`);
      const button = make("button", { class: `button button-wide${grave ? " button-danger" : ""}`, type: "button" }, label);
      button.addEventListener("click", () => {
        dialog.close();
        ask(action, person).then(
          () => notice(say(`person_${action}_done`, { name: person.name })),
          (error) => notice(say("failed", { why: error.message })),
        );
      });
      return make("li", {}, button);
    }));
    dialog.showModal();
  };
  return { open, any: (/** @type {Participant} */ person) => actionsOn(party.state, person, owner).length > 0 };
}
