// @ts-check
import { byId } from "./dom.js";
import * as preferences from "./preferences.js";
import { say } from "./texts.js";

/**
 * The track in the first of these languages that there is, regions aside; else the first track. Of several in one
 * language (for the deaf, of a director's comments) the one with this label.
 * @template {{language: string, label?: string}} T
 * @param {readonly T[]} tracks
 * @param {readonly string[]} languages
 * @param {string} [label]
 * @returns {T | undefined}
 */
export function bestTrack(tracks, languages, label = "") {
  const plain = (/** @type {string} */ language) => language.toLowerCase().split("-")[0];
  for (const language of languages.filter(Boolean)) {
    const found = tracks.find((track) => track.language === language && track.label === label)
      ?? tracks.find((track) => track.language === language)
      ?? tracks.find((track) => plain(track.language) === plain(language));
    if (found) return found;
  }
  return tracks[0];
}

/**
 * Move each cue to ``by`` seconds from where it was in its file.
 * @template {{startTime: number, endTime: number}} C
 * @param {Iterable<C>} cues
 * @param {number} by
 * @param {WeakMap<C, [number, number]>} original where each cue began and ended in the file; what is new is added
 */
export function shiftCues(cues, by, original) {
  // A copy: the browser keeps its list in order of time, and one that moves behind others would let them be passed over.
  for (const cue of [...cues]) {
    const [start, end] = original.get(cue) ?? [cue.startTime, cue.endTime];
    original.set(cue, [start, end]);
    cue.startTime = start + by;
    cue.endTime = end + by;
  }
}

/**
 * Captions are drawn by us below the picture's edge: so everybody chooses size and offset for themselves.
 * @param {HTMLVideoElement} video
 */
export function wireCaptions(video) {
  const toggle = byId("captions-toggle", HTMLButtonElement);
  const open = byId("captions-open", HTMLButtonElement);
  const panel = byId("captions-panel", HTMLElement);
  const choice = byId("captions-track", HTMLSelectElement);
  const size = byId("captions-size", HTMLSelectElement);
  const offset = byId("captions-offset", HTMLInputElement);
  const layer = byId("captions", HTMLElement);
  let chosen = preferences.load();
  /** @type {WeakMap<TextTrackCue, [number, number]>} */
  const original = new WeakMap();

  const tracks = () => [...video.textTracks];
  const current = () => bestTrack(tracks(), [chosen.captionsLanguage, ...navigator.languages], chosen.captionsLabel);

  /** @param {Partial<import("./preferences.js").Preferences>} changes */
  const change = (changes) => {
    chosen = { ...chosen, ...changes };
    preferences.save(changes);
    show();
  };

  const draw = () => {
    const track = chosen.captions ? current() : undefined;
    const cues = track?.activeCues ? [...track.activeCues] : [];
    layer.lang = track?.language ?? "";
    layer.replaceChildren(...cues.map((cue) => {
      const line = document.createElement("p");
      if (cue instanceof VTTCue) line.append(cue.getCueAsHTML());
      return line;
    }));
  };

  const shift = () => {
    shiftCues(current()?.cues ?? [], chosen.captionsOffset, original);
    draw();
  };

  const show = () => {
    const wanted = chosen.captions ? current() : undefined;
    for (const track of tracks()) track.mode = track === wanted ? "hidden" : "disabled";
    toggle.setAttribute("aria-pressed", String(Boolean(wanted)));
    toggle.disabled = tracks().length === 0;
    toggle.title = tracks().length === 0 ? say("captions_none") : "";
    open.hidden = tracks().length === 0;
    if (open.hidden) panel.hidden = true;
    layer.dataset.size = size.value = chosen.captionsSize;
    offset.value = String(chosen.captionsOffset);
    choice.replaceChildren(...tracks().map((track) => new Option(track.label || track.language)));
    choice.selectedIndex = tracks().findIndex((track) => track === current());
    shift();
  };

  video.textTracks.addEventListener("addtrack", ({ track }) => {
    track?.addEventListener("cuechange", draw);
    show();
  });
  video.textTracks.addEventListener("removetrack", show);
  // Cues are there only once their file is: shift them then.
  video.addEventListener("load", shift, true);
  toggle.addEventListener("click", () => change({ captions: !chosen.captions }));
  open.addEventListener("click", () => {
    panel.hidden = !panel.hidden;
    open.setAttribute("aria-expanded", String(!panel.hidden));
  });
  choice.addEventListener("change", () => {
    const track = tracks()[choice.selectedIndex];
    if (track) change({ captions: true, captionsLanguage: track.language, captionsLabel: track.label });
  });
  size.addEventListener("change", () => change({ captionsSize: size.value }));
  offset.addEventListener("change", () => {
    const seconds = Number(offset.value);
    change({ captionsOffset: Number.isFinite(seconds) ? Math.max(-60, Math.min(60, seconds)) : 0 });
  });
  show();
  return { toggle: () => toggle.click() };
}
