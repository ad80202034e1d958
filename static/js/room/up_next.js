// @ts-check
import { byId } from "./dom.js";
import { say } from "./texts.js";
/**
 * @typedef {import("./api.js").Api} Api
 * @typedef {import("./party.js").Party} Party
 * @typedef {import("../sync/room_state.js").RoomState} RoomState
 */

const EVERY = 250;

/**
 * Whole seconds until the next movie comes by itself, or null where none is announced.
 * @param {RoomState} state
 * @param {number} now room clock, s
 */
export function nextIn({ timeline }, now) {
  if (timeline?.next_at === undefined || now >= timeline.next_at) return null;
  return Math.ceil(timeline.next_at - now);
}

/**
 * The countdown to the next movie, and the vote to skip this one.
 * @param {Party} party
 * @param {{api: Api, code: string, attempt: (asked: Promise<void>) => void, next: () => {title: string} | null}} parts
 */
export function wireUpNext(party, { api, code, attempt, next }) {
  const panel = byId("up-next", HTMLElement);
  const title = byId("up-next-title", HTMLElement);
  const left = byId("up-next-left", HTMLElement);
  const stay = byId("up-next-stay", HTMLButtonElement);
  const skip = byId("skip", HTMLButtonElement);
  /** @type {{item: string, count: number, needed: number} | null} */
  let votes = null;
  let mine = "";

  const show = () => {
    const seconds = nextIn(party.state, party.roomNow);
    const movie = next();
    panel.hidden = seconds === null || movie === null;
    if (seconds !== null && movie !== null) {
      const words = say("next_up", { title: movie.title });
      if (title.textContent !== words) title.textContent = words;
      left.textContent = say("starts_in", { count: seconds });
      stay.hidden = !party.mayControl;
    }
    const item = party.state.timeline?.item ?? null;
    // Who may control has the button "Next".
    skip.hidden = !party.state.room?.skip_votes || item === null || movie === null || party.mayControl;
    skip.setAttribute("aria-pressed", String(mine === item));
    skip.textContent = votes?.item === item && votes.count > 0 ? say("skip_votes", { count: votes.count, needed: votes.needed }) : say("skip");
  };
  stay.addEventListener("click", () => attempt(party.command({ type: "pause" })));
  skip.addEventListener("click", () => {
    const item = party.state.timeline?.item ?? "";
    const wanted = mine !== item;
    attempt(api.post(`rooms/${code}/queue/skip/`, { movie: item, wanted }).then(() => {
      mine = wanted ? item : "";
      show();
    }));
  });
  party.onMessage((message) => {
    if (message.type !== "votes") return;
    votes = message;
    show();
  });
  party.onState((state, before) => {
    if (state.timeline?.item !== before.timeline?.item) mine = "";
    show();
  });
  window.setInterval(show, EVERY);
}
