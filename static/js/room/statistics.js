// @ts-check
import { STEER } from "../sync/constants.js";
import { byId, make } from "./dom.js";
import { oneDecimal } from "./format.js";
import { drawDrift } from "./graph.js";
import { seated } from "./people.js";
import { say } from "./texts.js";
/** @typedef {import("./party.js").Party} Party */

const EVERY = 250;
const KEPT = 240;

/**
 * For the curious, and for who wonders why the picture isn't where it should be.
 * @param {Party} party
 */
export function wireStatistics(party) {
  const panel = byId("statistics", HTMLElement);
  const button = byId("statistics-toggle", HTMLButtonElement);
  const canvas = byId("drift-graph", HTMLCanvasElement);
  /** @type {(number | null)[]} */
  const history = Array(KEPT).fill(null);

  const toggle = () => {
    panel.hidden = !panel.hidden;
    button.setAttribute("aria-expanded", String(!panel.hidden));
    if (!panel.hidden) {
      show();
      panel.scrollIntoView({ block: "nearest" });
    }
  };
  button.addEventListener("click", toggle);

  const show = () => {
    const { clock, player, state } = party;
    const { drift, nudges, corrections, buffered, rate } = player.stats;
    const ms = (/** @type {number | null} */ value) => (value === null ? "–" : say("ms", { count: oneDecimal(value) }));
    write("stat-drift", ms(drift));
    // Against the wall clock that the page began with; the steering itself never looks at one.
    write("stat-offset", ms(clock.offset === null ? null : clock.offset - performance.timeOrigin));
    write("stat-uncertainty", clock.offset === null ? "–" : say("plus_minus", { count: oneDecimal(clock.uncertainty) }));
    write("stat-rtt", ms(clock.rtt));
    write("stat-corrections", say("corrections", { nudges, seeks: corrections }));
    write("stat-buffered", say("seconds", { count: oneDecimal(buffered) }));
    write("stat-rate", `${Math.round(rate * 100) / 100}×`);
    write("stat-seq", state.timeline ? `${state.timeline.state} · ${state.timeline.seq % 2 ** 32}` : "–");
    byId("stat-people", HTMLTableSectionElement).replaceChildren(...seated(state.participants.values()).map((p) =>
      make("tr", {}, make("th", { scope: "row" }, p.name), make("td", {}, ms(p.drift)), make("td", {}, ms(p.rtt)))));
    const style = getComputedStyle(panel);
    const colour = (/** @type {string} */ name) => style.getPropertyValue(name);
    drawDrift(canvas, history, {
      line: colour("outline-color"), band: colour("border-bottom-color"), zero: colour("border-top-color"),
      text: colour("color"), dead: STEER.dead,
    });
  };

  window.setInterval(() => {
    history.push(party.player.stats.rawDrift);
    history.shift();
    if (!panel.hidden) show();
  }, EVERY);
  return { toggle };
}

/**
 * @param {string} id
 * @param {string} text
 */
function write(id, text) {
  byId(id, HTMLElement).textContent = text;
}
