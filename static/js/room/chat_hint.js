// @ts-check
import { byId } from "./dom.js";
import { CommandError } from "./party.js";
import { say } from "./texts.js";
/**
 * @typedef {import("./party.js").Party} Party
 * @typedef {import("../sync/room_state.js").RoomState} RoomState
 */

const EVERY = 250;

/**
 * Seconds between two lines of yours, 0 where the chat is as fast as you are. Who runs the room is spared.
 * @param {RoomState} state
 * @param {string} owner the user whose room it is
 */
export function slowFor({ room, you }, owner) {
  const spared = you === null || you.user === owner || you.role === "host" || you.role === "moderator";
  return spared ? 0 : (room?.slow_mode ?? 0);
}

/**
 * Whole seconds until you may say the next line.
 * @param {RoomState} state
 * @param {string} owner
 * @param {number} now room clock, s
 */
export function waitToSay(state, owner, now) {
  const slow = slowFor(state, owner);
  const last = slow === 0 ? undefined : state.chat.filter((line) => line.by.user === state.you?.user).at(-1);
  if (last === undefined) return 0;
  // A clock that is off must not keep anybody silent for longer than the room wants.
  return Math.min(slow, Math.max(0, Math.ceil(Date.parse(last.sent_at) / 1000 + slow - now)));
}

/**
 * Beside the chat's field: how slow the chat is, how long you must wait still, that you are muted.
 * @param {Party} party
 * @param {{field: HTMLInputElement, owner: string}} parts
 */
export function wireChatHint(party, { field, owner }) {
  const words = byId("chat-hint", HTMLElement);
  const left = byId("chat-wait", HTMLElement);
  /** As the server said, room clock, s. */
  let refusedUntil = 0;

  const wait = () => Math.max(waitToSay(party.state, owner, party.roomNow), Math.ceil(refusedUntil - party.roomNow), 0);
  const show = () => {
    const muted = party.state.you?.muted === true;
    const slow = slowFor(party.state, owner);
    const text = muted ? say("you_are_muted") : slow > 0 ? say("slow_chat", { count: slow }) : "";
    // Read aloud when it changes; the seconds beside it aren't.
    if (words.textContent !== text) words.textContent = text;
    const seconds = muted ? 0 : wait();
    left.textContent = seconds > 0 ? say("slow_wait", { count: seconds }) : "";
    field.disabled = muted;
  };
  party.onState(show);
  window.setInterval(show, EVERY);
  return {
    wait,
    /** @param {unknown} error why a line wasn't taken */
    refused(error) {
      if (error instanceof CommandError && error.retryAfter !== null) refusedUntil = party.roomNow + error.retryAfter;
      show();
    },
  };
}
