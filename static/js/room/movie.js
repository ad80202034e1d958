// @ts-check
import { Refused } from "./api.js";
import { byId, make } from "./dom.js";
import { isPlaylist, Playlist } from "./playlist.js";
import * as preferences from "./preferences.js";
import { bestSource } from "./quality.js";
import { say } from "./texts.js";
/**
 * @typedef {import("./api.js").Api} Api
 * @typedef {import("./party.js").Party} Party
 * @typedef {{id: string, language: string, label: string, url: string}} Subtitle
 * @typedef {{
 *   id: string, title: string, status: string, error?: string, poster: string | null,
 *   sources: {url: string, type: string, origins?: string[]}[], subtitles?: Subtitle[],
 *   previews?: import("./previews.js").Previews | null,
 * }} Movie
 * @typedef {{title: string, text?: string, busy?: boolean, retry?: boolean, anew?: boolean, add?: boolean}} Curtain
 */

/** A token that ran out or a network that hiccuped is worth one more try; a codec isn't. */
const RETRIES = 2;

/** Puts the movie that the room has loaded onto the screen, or says why there is none. */
export class Screen {
  #party;
  #api;
  #video;
  #origins;
  #fetched;
  /** @type {Playlist | null} */
  #playlist = null;
  #ownsQueue;
  /** @type {string | null | undefined} */
  #item = undefined;
  #retries = RETRIES;
  #queued = 0;
  /** @type {((movie: Movie | null) => void)[]} */
  #views = [];

  /**
   * @param {Party} party
   * @param {{api: Api, video: HTMLVideoElement, origins: string[], fetched: string[], mayAdd: () => boolean}} parts
   *   `origins` are those besides our own that this page's Content-Security-Policy lets films come from; `fetched` those
   *   that it lets the parts of a playlist be fetched from
   */
  constructor(party, { api, video, origins, fetched, mayAdd }) {
    this.#party = party;
    this.#api = api;
    this.#video = video;
    this.#origins = origins;
    this.#fetched = fetched;
    this.#ownsQueue = mayAdd;
    party.onState((state) => {
      if (state.timeline) this.#show(state.timeline.item);
    });
    party.onMessage((message) => {
      // One that plays already needs nothing.
      if (message.type === "movie" && message.item === this.#item && !video.src) this.reload();
    });
    video.addEventListener("loadeddata", () => {
      this.#retries = RETRIES;
      this.#curtain(null);
    });
    video.addEventListener("error", () => this.#failed());
    byId("curtain-retry", HTMLButtonElement).addEventListener("click", () => this.reload());
    byId("curtain-anew", HTMLButtonElement).addEventListener("click", () => location.reload());
  }

  /** @param {(movie: Movie | null) => void} view told of each movie that is put on the screen */
  onMovie(view) {
    this.#views.push(view);
  }

  /** @param {number} count how many movies the queue has: an empty screen says what to do */
  queueHas(count) {
    this.#queued = count;
    if (this.#item === null) this.#empty();
  }

  /** The same movie once more. */
  reload() {
    const item = this.#item;
    this.#item = undefined;
    this.#show(item ?? null);
  }

  /** @param {string | null} item */
  #show(item) {
    if (item === this.#item) return;
    this.#item = item;
    this.#clear();
    if (item === null) return this.#empty();
    this.#curtain({ title: say("loading"), busy: true });
    this.#api.get(`movies/${item}/`).then(
      (movie) => this.#item === item && this.#project(movie),
      (error) => this.#item === item && this.#refused(error),
    );
  }

  /** @param {Movie} movie */
  #project(movie) {
    for (const view of this.#views) view(movie);
    if (movie.status === "failed") return this.#curtain({ title: say("broken"), text: movie.error ?? "" });
    const source = bestSource(movie.sources, preferences.load().quality, (type) => this.#video.canPlayType(type) !== "");
    if (movie.status !== "ready" || !source) return this.#curtain({ title: say("preparing"), text: say("preparing_text"), busy: true });
    // The policy was fixed when the page was loaded; one loaded now names the origins of what has been queued since.
    const known = isPlaylist(source.type) ? this.#fetched : this.#origins;
    const strange = source.origins?.find((origin) => !known.includes(origin));
    if (strange) {
      const text = say("elsewhere_text", { host: new URL(strange).host });
      return this.#curtain({ title: say("elsewhere"), text, anew: true });
    }
    if (movie.poster) this.#video.poster = movie.poster;
    for (const { language, label, url } of movie.subtitles ?? []) {
      this.#video.append(make("track", { kind: "subtitles", srclang: language, label: label || language, src: url }));
    }
    if (isPlaylist(source.type)) {
      this.#playlist = new Playlist(this.#video, source.url, () => this.#broken());
      void this.#playlist.start();
    } else {
      this.#video.src = source.url;
    }
    this.#party.player.loaded(movie.id);
  }

  #clear() {
    this.#party.player.loaded(null);
    this.#playlist?.end();
    this.#playlist = null;
    this.#video.removeAttribute("src");
    this.#video.removeAttribute("poster");
    this.#video.replaceChildren();
    this.#video.load();
    for (const view of this.#views) view(null);
  }

  #empty() {
    const text = this.#ownsQueue() ? (this.#queued > 0 ? "no_movie_queue" : "no_movie_host") : "no_movie_others";
    this.#curtain({ title: say("no_movie"), text: say(text), add: this.#ownsQueue() && this.#queued === 0 });
  }

  /** @param {unknown} error */
  #refused(error) {
    const gone = error instanceof Refused && [403, 404].includes(error.status);
    this.#curtain({ title: say(gone ? "gone" : "broken"), text: error instanceof Refused ? error.message : say("offline"), retry: !gone });
  }

  #failed() {
    if (!this.#video.getAttribute("src")) return;
    if (this.#playlist) return this.#playlist.elementFailed();
    if (this.#video.error?.code === MediaError.MEDIA_ERR_NETWORK && this.#retries > 0) {
      this.#retries -= 1;
      return this.reload();
    }
    this.#broken();
  }

  #broken() {
    this.#curtain({ title: say("broken"), text: say("broken_text"), retry: true });
  }

  /** @param {Curtain | null} shown */
  #curtain(shown) {
    byId("curtain", HTMLElement).hidden = shown === null;
    byId("curtain-title", HTMLElement).textContent = shown?.title ?? "";
    byId("curtain-text", HTMLElement).textContent = shown?.text ?? "";
    byId("curtain-spinner", HTMLElement).hidden = !shown?.busy;
    byId("curtain-retry", HTMLElement).hidden = !shown?.retry;
    byId("curtain-anew", HTMLElement).hidden = !shown?.anew;
    byId("curtain-add", HTMLElement).hidden = !shown?.add;
  }
}
