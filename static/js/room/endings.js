// @ts-check
import { byId, make } from "./dom.js";
import { say } from "./texts.js";
/**
 * @typedef {import("./party.js").Party} Party
 * @typedef {{key: string, action: "rooms" | "sign_in" | "watch_here" | "reload"}} Ending
 */

/**
 * How it ended, by close code and reason.
 * @param {number} code
 * @param {string} reason
 * @returns {Ending}
 */
export function endingOf(code, reason) {
  switch (code) {
    case 4401:
      return { key: "end_signed_out", action: "sign_in" };
    case 4403:
      if (reason === "banned") return { key: "end_banned", action: "rooms" };
      return { key: reason === "not_member" ? "end_not_member" : "end_kicked", action: "rooms" };
    case 4404:
      return { key: "end_absent", action: "rooms" };
    case 4409:
      return { key: "end_elsewhere", action: "watch_here" };
    case 4410:
      return { key: "end_closed", action: "rooms" };
    default:
      return { key: "end_protocol", action: "reload" };
  }
}

/**
 * The page that says so, instead of the room.
 * @param {Party} party
 * @param {HTMLVideoElement} video
 */
export function wireEndings(party, video) {
  party.onLink((link) => {
    if (link.state !== "ended") return;
    const { key, action } = endingOf(link.code, link.reason);
    video.pause();
    video.removeAttribute("src");
    video.load();
    if (document.fullscreenElement) void document.exitFullscreen();
    for (const dialog of document.querySelectorAll("dialog")) dialog.close();
    const title = make("h2", { tabindex: "-1" }, say(key));
    byId("main", HTMLElement).replaceWith(make("main", { id: "main", class: "ending" },
      make("div", { class: "ending-card card stack" }, title, make("p", { class: "muted" }, say(`${key}_text`)), wayOut(action))));
    for (const part of document.querySelectorAll("#connection, .room-tools > :not(.theme-toggle)")) part.remove();
    title.focus();
  });
}

/** @param {Ending["action"]} action */
function wayOut(action) {
  if (action === "rooms") return make("a", { class: "button button-primary", href: "/" }, say("all_rooms"));
  if (action === "sign_in") {
    return make("a", { class: "button button-primary", href: `/accounts/login/?next=${encodeURIComponent(location.pathname)}` }, say("sign_in"));
  }
  const button = make("button", { class: "button button-primary", type: "button" }, say(action));
  button.addEventListener("click", () => location.reload());
  return button;
}
