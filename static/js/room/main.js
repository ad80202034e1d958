// @ts-check
// The room page: makes the parts and tells them of each other. What each does is in its own module.
import { Api } from "./api.js";
import { wireCaptions } from "./captions.js";
import { wireChat } from "./chat.js";
import { wireConnection } from "./connection.js";
import { wireControl } from "./control.js";
import { wireControls } from "./controls.js";
import { byId } from "./dom.js";
import { wireEndings } from "./endings.js";
import { wireFullScreen } from "./fullscreen.js";
import { wireInvite } from "./invite.js";
import { listenToKeys } from "./keyboard.js";
import { Screen } from "./movie.js";
import { wireNotices } from "./notices.js";
import { Party } from "./party.js";
import { wirePeople } from "./people.js";
import { wirePersonActions } from "./person_actions.js";
import * as preferences from "./preferences.js";
import { wireQuality } from "./quality.js";
import { wireQueue } from "./queue.js";
import { wireReactions } from "./reactions.js";
import { wireSeekPreview } from "./seek_preview.js";
import { sessionOf } from "./session.js";
import { wireStatistics } from "./statistics.js";
import { learnTexts } from "./texts.js";
import { wireUpNext } from "./up_next.js";
import { wireWaiting } from "./waiting.js";
/**
 * @typedef {{
 *   code: string, name: string, role: string, owner: string, user: {id: string, name: string, is_guest: boolean},
 *   websocket: string, api: string, csrf_cookie: string, media_origins: string[],
 *   fetched_origins: string[],
 * }} RoomData as rooms/pages hands it over
 */

learnTexts(byId("room-texts", HTMLTemplateElement).content);
/** @type {RoomData} */
const data = JSON.parse(byId("room-data", HTMLScriptElement).textContent ?? "");
const video = byId("video", HTMLVideoElement);
const api = new Api(data.api, data.csrf_cookie);
const overlay = byId("join", HTMLElement);

const kept = sessionOf(data.code, window.sessionStorage);
const party = new Party({
  url: socketUrl(data.websocket),
  video,
  session: kept.take(),
  refused: () => (overlay.hidden = false),
});
const { notice, attempt } = wireNotices(party);
const screen = new Screen(party, {
  api,
  video,
  origins: data.media_origins,
  fetched: data.fetched_origins,
  mayAdd: () => !data.user.is_guest && party.mayControl,
});
const controls = wireControls(party, { video, attempt });
wireSeekPreview(screen, { api, video });
wireQuality(screen);
const captions = wireCaptions(video);
const fullScreen = wireFullScreen();
const statistics = wireStatistics(party);
wireConnection(party);
wireControl(party, { api, code: data.code, notice });
wirePeople(party, wirePersonActions(party, { api, code: data.code, owner: data.owner, notice }));
wireChat(party, { api, code: data.code, owner: data.owner, failed: notice });
wireReactions(party);
const { next } = wireQueue(party, { api, code: data.code, user: data.user, attempt, notice, counted: (n) => screen.queueHas(n) });
wireUpNext(party, { api, code: data.code, attempt, next });
wireWaiting(party, { attempt });
wireInvite({ api, code: data.code });
wireEndings(party, video);
wireJoin();
wireDialogs();
wireKeys();
party.onState(({ room }) => {
  if (room) byId("room-name", HTMLElement).textContent = room.name;
});
publish();
window.addEventListener("pagehide", () => kept.leave(party.state.session));
// Out of the browser's cache of pages: this one is in use again.
window.addEventListener("pageshow", (event) => event.persisted && kept.take());
party.start();

/** @param {string} path */
function socketUrl(path) {
  const url = new URL(path, location.href);
  url.protocol = url.protocol === "https:" || url.protocol === "wss:" ? "wss:" : "ws:";
  return url.href;
}

function wireJoin() {
  const button = byId("join-button", HTMLButtonElement);
  button.addEventListener("click", () => {
    overlay.hidden = true;
    party.join();
  });
  // Until now a click would have been lost.
  button.disabled = false;
}

function wireDialogs() {
  for (const dialog of document.querySelectorAll("dialog")) {
    dialog.querySelector("[data-close]")?.addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close();
    });
  }
  byId("help-open", HTMLButtonElement).addEventListener("click", showHelp);
}

function showHelp() {
  byId("help", HTMLDialogElement).showModal();
}

function wireKeys() {
  const choice = byId("keys-on", HTMLInputElement);
  choice.checked = preferences.load().keys;
  choice.addEventListener("change", () => preferences.save({ keys: choice.checked }));
  listenToKeys({
    enabled: () => choice.checked && party.link.state !== "ended",
    wish: (wish) => {
      switch (wish.do) {
        case "toggle": return controls.toggle();
        case "skip": return controls.skip(wish.seconds);
        case "go": return controls.go(wish.fraction);
        case "volume": return controls.changeVolume(wish.change);
        case "mute": return controls.toggleMute();
        case "full-screen": return fullScreen.toggle();
        case "captions": return captions.toggle();
        case "chat": return byId("message", HTMLInputElement).focus();
        case "help": return showHelp();
        case "statistics": return statistics.toggle();
      }
    },
  });
}

/** Read-only, for measurements and the curious: times ms, positions s. */
function publish() {
  const published = {
    get clock() {
      const { offset, uncertainty, rtt, down, count, ready } = party.clock;
      return { offset, uncertainty, rtt, down, count, ready };
    },
    get player() {
      return party.player.stats;
    },
    get timeline() {
      return party.state.timeline;
    },
    get link() {
      return party.link.state;
    },
  };
  Object.defineProperty(window, "watchparty", { value: Object.freeze(published) });
}
