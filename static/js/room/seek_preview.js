// @ts-check
import { byId } from "./dom.js";
import { clockTime } from "./format.js";
import { pictureAt, timeUnder } from "./previews.js";
/**
 * @typedef {import("./api.js").Api} Api
 * @typedef {import("./movie.js").Movie} Movie
 * @typedef {import("./movie.js").Screen} Screen
 * @typedef {import("./previews.js").Previews} Previews
 */

/** They are made after the film can be played: one that had none is asked for them again, ms. */
const ASKED_EVERY = 30_000;
const KNOB = 16;

/**
 * What the film shows where a seek would lead to: under the pointer, under a finger, and at the knob for who uses the
 * keyboard. For eyes only; a screen reader has the slider's own words.
 * @param {Screen} screen
 * @param {{api: Api, video: HTMLVideoElement}} parts
 */
export function wireSeekPreview(screen, { api, video }) {
  const seek = byId("seek", HTMLInputElement);
  const box = byId("seek-preview", HTMLElement);
  const picture = byId("seek-preview-picture", HTMLElement);
  const time = byId("seek-preview-time", HTMLElement);
  /** @type {Movie | null} */
  let movie = null;
  /** @type {Previews | null} the sheet of this movie, once it has been loaded */
  let sheet = null;
  let asked = -ASKED_EVERY;
  let byKeys = false;

  const hide = () => {
    byKeys = false;
    box.hidden = true;
  };

  /** @param {Previews} previews */
  const load = (previews) => {
    const image = new Image();
    const wanted = movie;
    image.addEventListener("load", () => {
      if (movie !== wanted) return;
      sheet = previews;
      picture.style.width = `${sheet.width}px`;
      picture.style.height = `${sheet.height}px`;
      picture.style.backgroundImage = `url("${sheet.url}")`;
    });
    image.src = previews.url;
  };

  /** Not before somebody looks: many never do. */
  const fetchOnce = () => {
    if (!movie || sheet || performance.now() < asked + ASKED_EVERY) return;
    asked = performance.now();
    const wanted = movie;
    if (wanted.previews) return load(wanted.previews);
    // One that lies elsewhere never has any.
    if (wanted.sources.some(({ origins }) => origins)) return;
    api.get(`movies/${wanted.id}/`).then(
      ({ previews }) => movie === wanted && previews && load(previews),
      () => {}, // the bar works without them
    );
  };

  /** @param {number} seconds */
  const show = (seconds) => {
    const end = Number(seek.max);
    if (!(end > 0) || seek.disabled) return hide();
    fetchOnce();
    time.textContent = clockTime(seconds);
    picture.hidden = !sheet;
    if (sheet) {
      const { x, y } = pictureAt(sheet, seconds);
      picture.style.backgroundPosition = `-${x}px -${y}px`;
    }
    const at = seek.offsetLeft + KNOB / 2 + (seconds / end) * (seek.offsetWidth - KNOB);
    box.style.setProperty("--at", `${at}px`);
    box.hidden = false;
  };
  const showKnob = () => show(Number(seek.value));

  seek.addEventListener("pointermove", (event) => {
    byKeys = false;
    if (event.pointerType === "touch") return; // by `input`, as the knob moves
    show(timeUnder(seek.getBoundingClientRect(), event.clientX, KNOB, Number(seek.max)));
  });
  seek.addEventListener("input", showKnob);
  seek.addEventListener("change", () => byKeys || hide());
  for (const end of ["pointerleave", "pointercancel", "blur"]) seek.addEventListener(end, hide);
  seek.addEventListener("pointerup", (event) => event.pointerType === "touch" && hide());
  seek.addEventListener("focus", () => {
    if (!seek.matches(":focus-visible")) return;
    byKeys = true;
    showKnob();
  });
  seek.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return hide();
    byKeys = true;
  });
  // Where the keys have led to is known when the room has answered.
  for (const moved of ["seeking", "timeupdate"]) video.addEventListener(moved, () => byKeys && showKnob());

  screen.onMovie((shown) => {
    movie = shown;
    sheet = null;
    asked = -ASKED_EVERY;
    hide();
  });
}
