// @ts-check
import { byId, make } from "./dom.js";
import { clockTime } from "./format.js";
import { CommandError } from "./party.js";
import { say } from "./texts.js";
import { target } from "../sync/timeline.js";
/**
 * @typedef {import("./party.js").Party} Party
 * @typedef {import("../sync/room_state.js").RoomState} RoomState
 */

const SHOWN = 5000;
const SHOWN_WITH_UNDO = 9000;
const AT_ONCE = 3;

/**
 * Small lines over the picture: who did what, what was refused, and a way back from the last seek.
 * @param {Party} party
 */
export function wireNotices(party) {
  const layer = byId("notices", HTMLElement);

  /**
   * @param {string} text
   * @param {{label: string, run: () => void}} [action]
   */
  const notice = (text, action) => {
    const row = make("p", { class: "notice-line" }, make("span", {}, text));
    if (action) {
      // There is one way back, the last one.
      for (const button of layer.querySelectorAll("button")) button.remove();
      const button = make("button", { class: "notice-action", type: "button" }, action.label);
      button.addEventListener("click", () => {
        row.remove();
        action.run();
      });
      row.append(button);
    }
    layer.append(row);
    while (layer.childElementCount > AT_ONCE) layer.firstElementChild?.remove();
    window.setTimeout(() => row.remove(), action ? SHOWN_WITH_UNDO : SHOWN);
  };

  /** @param {unknown} error */
  const refused = (error) => {
    notice(reasonOf(error));
  };
  /** @param {Promise<void>} asked */
  const attempt = (asked) => void asked.catch(refused);

  party.onState((state, before) => {
    if (state.timeline === before.timeline || state.cause === null || before.timeline === null) return;
    const text = describeCause(state);
    if (text === null || followsByItself(state, before)) return;
    if (state.cause.action !== "seek" || !party.mayControl) return notice(text);
    const from = target(before.timeline, party.roomNow * 1000);
    notice(text, { label: say("undo"), run: () => attempt(party.seek(from)) });
  });
  return { notice, attempt };
}

/**
 * The start that belongs to a movie which came by itself: that has been told.
 * @param {RoomState} state
 * @param {RoomState} before
 */
export function followsByItself(state, before) {
  return state.cause?.action === "play" && state.cause.by === null && before.cause?.action === "load" && before.cause.by === null;
}

/**
 * Why something was refused, and for how long still where the server says so.
 * @param {unknown} error
 */
export function reasonOf(error) {
  if (error instanceof CommandError && error.code === "rate_limited") {
    return error.retryAfter === null ? say("rate_limited") : say("rate_limited_for", { count: Math.max(1, Math.ceil(error.retryAfter)) });
  }
  return error instanceof Error && error.message !== "" ? error.message : say("offline");
}

/**
 * "Bob paused at 12:03", or null for what nobody did.
 * @param {RoomState} state
 */
export function describeCause({ cause, timeline, participants, you }) {
  if (!cause || !timeline) return null;
  const by = cause.by === null ? undefined : participants.get(cause.by);
  const name = cause.by !== null && cause.by === you?.id ? say("self_name") : (by?.name ?? say("somebody"));
  const values = { name, time: clockTime(timeline.position), rate: timeline.rate };
  switch (cause.action) {
    case "play":
    case "pause":
    case "seek":
    case "rate":
      return say(`did_${cause.action}`, values);
    case "load":
      return say(cause.by === null ? "did_next" : "did_load", values);
    case "buffering":
      return cause.by === null ? null : say("did_buffering", values);
    default:
      return null;
  }
}
