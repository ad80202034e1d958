// @ts-check
import { byId } from "./dom.js";

/** Controls disappear after so long without a move. */
const IDLE = 2500;

/** The theatre on the whole screen; the controls lie over the picture then and hide when nobody moves. */
export function wireFullScreen() {
  const theatre = byId("theatre", HTMLElement);
  const button = byId("full-screen", HTMLButtonElement);
  const controls = byId("controls", HTMLElement);
  const video = byId("video", HTMLVideoElement);
  /** @type {number | undefined} */
  let idle;

  const active = () => {
    window.clearTimeout(idle);
    theatre.removeAttribute("data-idle");
    if (document.fullscreenElement !== theatre) return;
    idle = window.setTimeout(() => theatre.toggleAttribute("data-idle", !controls.matches(":focus-within")), IDLE);
  };
  const toggle = () => {
    if (document.fullscreenElement) return void document.exitFullscreen();
    if (theatre.requestFullscreen) return void theatre.requestFullscreen().catch(() => {});
    // iPhones show only the bare video on the whole screen.
    if ("webkitEnterFullscreen" in video) /** @type {any} */ (video).webkitEnterFullscreen();
  };
  button.addEventListener("click", toggle);
  byId("screen", HTMLElement).addEventListener("dblclick", toggle);
  for (const event of ["pointermove", "pointerdown", "keydown", "focusin"]) theatre.addEventListener(event, active);
  document.addEventListener("fullscreenchange", () => {
    button.setAttribute("aria-pressed", String(document.fullscreenElement === theatre));
    // A button that is pressed by mouse keeps the focus, which would keep the controls.
    if (document.fullscreenElement === theatre && !button.matches(":focus-visible")) button.blur();
    active();
  });
  return { toggle };
}
