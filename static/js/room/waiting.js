// @ts-check
import { byId } from "./dom.js";
import { say } from "./texts.js";
import { waitingText } from "./connection.js";
/**
 * @typedef {import("./party.js").Party} Party
 * @typedef {import("../sync/room_state.js").RoomState} RoomState
 */

const EVERY = 250;

/**
 * Whole seconds until a waiting room goes on by itself, or null where it doesn't wait.
 * @param {RoomState} state
 * @param {number} now room clock, s
 */
export function waitLeft({ timeline, room }, now) {
  const timeout = Number(room?.buffering.timeout);
  if (timeline?.state !== "waiting" || timeline.waiting_since === undefined || !Number.isFinite(timeout)) return null;
  return Math.max(0, Math.ceil(timeline.waiting_since + timeout - now));
}

/**
 * Whom the room waits for, how long still, and a way not to.
 * @param {Party} party
 * @param {{attempt: (asked: Promise<void>) => void}} parts
 */
export function wireWaiting(party, { attempt }) {
  const panel = byId("waiting", HTMLElement);
  const words = byId("waiting-text", HTMLElement);
  const left = byId("waiting-left", HTMLElement);
  const goOn = byId("waiting-go", HTMLButtonElement);

  const show = () => {
    const seconds = waitLeft(party.state, party.roomNow);
    // The status line of the page tells it to screen readers; a second voice, counting, would be in the way.
    panel.hidden = seconds === null || !party.joined;
    if (seconds === null) return;
    words.textContent = waitingText(party.state);
    left.textContent = say("goes_on_in", { count: seconds });
    goOn.hidden = !party.mayControl;
  };
  goOn.addEventListener("click", () => attempt(party.command({ type: "play", force: true })));
  party.onState(show);
  window.setInterval(show, EVERY);
}
