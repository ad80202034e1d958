// @ts-check
import { byId } from "./dom.js";
import { say } from "./texts.js";
/**
 * @typedef {import("./party.js").Party} Party
 * @typedef {import("../sync/room_state.js").RoomState} RoomState
 * @typedef {{
 *   connected: boolean, everConnected: boolean, joined: boolean, state: RoomState, mode: string, drift: number,
 * }} Look drift in ms
 * @typedef {{tone: "ok" | "busy" | "lost", text: string, figure: string}} Shown
 */

/** More than this and people notice. */
const NOTICEABLE = 100;

/**
 * What the status line says.
 * @param {Look} look
 * @returns {Shown}
 */
export function describe({ connected, everConnected, joined, state, mode, drift }) {
  if (!connected) return { tone: "lost", text: say(everConnected ? "reconnecting" : "connecting"), figure: "" };
  const { timeline } = state;
  if (timeline?.state === "waiting") return { tone: "busy", text: waitingText(state), figure: "" };
  if (!joined || timeline?.item == null) return { tone: "ok", text: say("connected"), figure: "" };
  const settled = mode === "running" || mode === "parked";
  const figure = ` · ${say("ms", { count: Math.round(Math.abs(drift)) })}`;
  if (!settled || Math.abs(drift) > NOTICEABLE) return { tone: "busy", text: say("catching_up"), figure: settled ? figure : "" };
  return { tone: "ok", text: say("in_sync"), figure };
}

/** @param {RoomState} state */
export function waitingText({ timeline, participants }) {
  const [first, ...others] = timeline?.waiting_for ?? [];
  if (first === undefined) return say("waiting");
  const name = participants.get(first)?.name ?? say("somebody");
  return others.length === 0 ? say("waiting_for", { name }) : say("waiting_for_more", { name, count: others.length });
}

/** @param {Party} party */
export function wireConnection(party) {
  const line = byId("connection", HTMLElement);
  const text = byId("connection-text", HTMLElement);
  const figure = byId("connection-figure", HTMLElement);
  let everConnected = false;
  let drift = 0;

  const show = () => {
    const { stats } = party.player;
    const connected = party.link.state === "open";
    everConnected ||= connected;
    drift = stats.mode === "running" ? (stats.drift ?? drift) : 0;
    const shown = describe({ connected, everConnected, joined: party.joined, state: party.state, mode: stats.mode, drift });
    line.dataset.state = shown.tone;
    // Read aloud when it changes; the figure beside it isn't.
    if (text.textContent !== shown.text) text.textContent = shown.text;
    figure.textContent = shown.figure;
  };
  party.onLink(show);
  party.onState(show);
  window.setInterval(show, 500);
}
