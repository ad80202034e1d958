// @ts-check
import { byId, make } from "./dom.js";
import { say } from "./texts.js";
import { mayGrant } from "../sync/room_state.js";
/**
 * @typedef {import("./api.js").Api} Api
 * @typedef {import("./party.js").Party} Party
 */

/**
 * Asking to control the room, and the answers of those who may grant it.
 * @param {Party} party
 * @param {{api: Api, code: string, notice: (text: string) => void}} parts
 */
export function wireControl(party, { api, code, notice }) {
  const ask = byId("ask-control", HTMLButtonElement);
  const list = byId("wishes", HTMLUListElement);
  /** @type {Map<string, string>} names by user */
  const wishes = new Map();

  /** @param {Error} error */
  const failed = (error) => notice(error.message);

  /**
   * @param {string} user
   * @param {boolean} granted
   */
  const answer = (user, granted) => {
    const sent = granted
      ? api.patch(`rooms/${code}/members/${user}/`, { may_control: true })
      : api.delete(`rooms/${code}/control-requests/${user}/`);
    sent.catch(failed);
  };

  const draw = () => {
    list.replaceChildren(...[...wishes].map(([user, name]) => {
      const give = make("button", { class: "button button-small", type: "button" }, say("control_give"));
      const decline = make("button", { class: "button button-small button-quiet", type: "button" }, say("control_decline"));
      give.addEventListener("click", () => answer(user, true));
      decline.addEventListener("click", () => answer(user, false));
      return make("li", { class: "cluster cluster-tight" }, make("span", {}, say("control_wish", { name })), give, decline);
    }));
    list.hidden = wishes.size === 0;
  };

  ask.addEventListener("click", () => {
    ask.disabled = true;
    api.post(`rooms/${code}/control-requests/`, {}).then(() => notice(say("control_asked")), (error) => {
      ask.disabled = false;
      failed(error);
    });
  });

  party.onMessage((message) => {
    if (message.type !== "control_request") return;
    if (message.user === party.state.you?.user) {
      ask.disabled = message.state === "asked";
      if (message.state !== "asked") notice(say(message.state === "granted" ? "control_granted" : "control_declined"));
    } else if (message.state === "asked") {
      wishes.set(message.user, message.name);
    } else {
      wishes.delete(message.user);
    }
    draw();
  });

  /** What was asked while this page wasn't connected, or couldn't grant it. */
  const read = () => {
    api.list(`rooms/${code}/control-requests/`).then((rows) => {
      wishes.clear();
      for (const { user } of rows) wishes.set(user.id, user.name);
      draw();
    }, failed);
  };
  party.onMessage((message) => {
    if (message.type === "welcome" && mayGrant(party.state)) read();
  });
  party.onState((state, before) => {
    if (before.room !== null && mayGrant(state) && !mayGrant(before)) read();
  });
}
