// @ts-check
import { byId } from "./dom.js";
import { isPlaylist } from "./playlist.js";
import * as preferences from "./preferences.js";

/**
 * The source to play: the film's own file, unless this person wants what their line carries (`auto`), or there is no
 * file that this browser plays.
 * @template {{type: string}} S
 * @param {readonly S[]} sources
 * @param {string} quality
 * @param {(type: string) => boolean} plays
 * @returns {S | undefined}
 */
export function bestSource(sources, quality, plays) {
  const playlist = sources.find(({ type }) => isPlaylist(type));
  if (playlist && quality === "auto") return playlist;
  return sources.find(({ type }) => !isPlaylist(type) && plays(type)) ?? playlist ?? sources[0];
}

/**
 * Asks for the quality where there is a choice.
 * @param {import("./movie.js").Screen} screen
 */
export function wireQuality(screen) {
  const field = byId("quality-field", HTMLElement);
  const choice = byId("quality", HTMLSelectElement);
  choice.value = preferences.load().quality;
  screen.onMovie((movie) => {
    const playlists = movie?.sources.filter(({ type }) => isPlaylist(type)).length ?? 0;
    field.hidden = playlists === 0 || playlists === movie?.sources.length;
  });
  choice.addEventListener("change", () => {
    preferences.save({ quality: choice.value });
    screen.reload();
  });
}
