// @ts-check
import { byId } from "./dom.js";
import { clockTime } from "./format.js";
import * as preferences from "./preferences.js";
import { say } from "./texts.js";
/** @typedef {import("./party.js").Party} Party */

/**
 * The bar below the picture: play, seek, volume, speed.
 * @param {Party} party
 * @param {{video: HTMLVideoElement, attempt: (asked: Promise<void>) => void}} parts attempt: says what was refused
 */
export function wireControls(party, { video, attempt }) {
  const play = byId("play", HTMLButtonElement);
  const seek = byId("seek", HTMLInputElement);
  const rate = byId("rate", HTMLSelectElement);
  const position = byId("position", HTMLOutputElement);
  const duration = byId("duration", HTMLOutputElement);
  let dragging = false;

  const length = () => (Number.isFinite(video.duration) ? video.duration : 0);
  const here = () => party.player.target ?? party.state.timeline?.position ?? 0;

  /** @param {number} seconds */
  const goTo = (seconds) => {
    if (party.state.timeline?.item === null) return;
    const end = length();
    attempt(party.seek(end > 0 ? Math.min(end, Math.max(0, seconds)) : Math.max(0, seconds)));
  };

  play.addEventListener("click", () => attempt(party.togglePlay()));
  seek.addEventListener("input", () => {
    dragging = true;
    showTime(Number(seek.value));
  });
  seek.addEventListener("change", () => {
    dragging = false;
    goTo(Number(seek.value));
  });
  seek.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -5, ArrowDown: -5, ArrowRight: 5, ArrowUp: 5, PageDown: -60, PageUp: 60 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    goTo(here() + step);
  });
  rate.addEventListener("change", () => attempt(party.command({ type: "rate", rate: Number(rate.value) })));

  /** @param {number} seconds */
  const showTime = (seconds) => {
    position.value = clockTime(seconds);
    seek.setAttribute("aria-valuetext", `${clockTime(seconds)} / ${clockTime(length())}`);
  };

  const showProgress = () => {
    const end = length();
    seek.max = String(end);
    duration.value = clockTime(end);
    if (!dragging) {
      seek.value = String(here());
      showTime(here());
    }
    seek.style.setProperty("--done", end > 0 ? String(Number(seek.value) / end) : "0");
    seek.style.setProperty("--buffered", end > 0 ? String((video.currentTime + party.player.stats.buffered) / end) : "0");
  };

  party.onState((state, before) => {
    if (state.timeline === before.timeline && state.room === before.room && state.you === before.you) return;
    const moving = state.timeline !== null && state.timeline.state !== "paused";
    play.setAttribute("aria-label", say(moving ? "pause" : "play"));
    play.toggleAttribute("data-moving", moving);
    showRate(rate, state.timeline?.rate ?? 1);
    const may = party.mayControl;
    for (const control of [play, seek, rate]) control.disabled = !may || state.timeline?.item == null;
    const denied = state.room !== null && !may;
    byId("no-control", HTMLElement).hidden = !denied;
    byId("no-control-text", HTMLElement).textContent = denied ? say(state.room?.control === "host" ? "only_host" : "only_moderators") : "";
    showProgress();
  });
  window.setInterval(showProgress, 250);

  // The keys of a keyboard, a headset or a lock screen go to the room, not to the element.
  const { mediaSession } = navigator;
  mediaSession?.setActionHandler("play", () => attempt(party.command({ type: "play" })));
  mediaSession?.setActionHandler("pause", () => attempt(party.pause()));

  const volume = wireVolume(video);
  return {
    ...volume,
    toggle: () => attempt(party.togglePlay()),
    /** @param {number} seconds */
    skip: (seconds) => goTo(here() + seconds),
    /** @param {number} fraction */
    go: (fraction) => goTo(length() * fraction),
  };
}

/**
 * The room's rate may be one that the list doesn't offer.
 * @param {HTMLSelectElement} select
 * @param {number} rate
 */
function showRate(select, rate) {
  const value = String(rate);
  if (![...select.options].some((option) => option.value === value)) select.add(new Option(`${value}×`, value));
  select.value = value;
}

/**
 * How loud it is here is nobody else's business.
 * @param {HTMLVideoElement} video
 */
function wireVolume(video) {
  const slider = byId("volume", HTMLInputElement);
  const mute = byId("mute", HTMLButtonElement);
  const stored = preferences.load();
  video.volume = Math.min(1, Math.max(0, stored.volume));
  video.muted = stored.muted;

  const show = () => {
    slider.value = String(video.muted ? 0 : video.volume);
    slider.style.setProperty("--done", slider.value);
    mute.setAttribute("aria-pressed", String(video.muted));
  };
  video.addEventListener("volumechange", () => {
    show();
    preferences.save({ volume: video.volume, muted: video.muted });
  });
  slider.addEventListener("input", () => {
    video.volume = Number(slider.value);
    video.muted = video.volume === 0;
  });
  const toggleMute = () => {
    video.muted = !video.muted;
    if (!video.muted && video.volume === 0) video.volume = 0.5;
  };
  mute.addEventListener("click", toggleMute);
  show();
  return {
    toggleMute,
    /** @param {number} change */
    changeVolume: (change) => {
      video.volume = Math.min(1, Math.max(0, Math.round((video.volume + change) * 100) / 100));
      video.muted = video.volume === 0;
    },
  };
}
