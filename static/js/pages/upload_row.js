// @ts-check
// One film on its way: how far it got, how fast, what to do about it.

import { createSpeedometer, formatBytes, roughTime } from "./figures.js";
import { Gate, sendChunks, thenComplete } from "./resumable.js";
import { callOff, complete, lineOf, placeOf, uploadOf } from "./upload_line.js";

/** @typedef {(name: string, values?: Record<string, string | number>) => string} Text */

/** @template {Element} T @param {ParentNode} within @param {string} selector @param {new () => T} kind @returns {T} */
export function the(within, selector, kind) {
  const found = within.querySelector(selector);
  if (!(found instanceof kind)) throw new Error(`${selector} is not there`);
  return found;
}

let rows = 0;

export class UploadRow {
  #film;
  #title;
  #text;
  #gate = new Gate();
  #stop = new AbortController();
  #attempt = new AbortController();
  #speedometer = createSpeedometer();
  #told = 0;
  // Ends the wait for the next attempt.
  #wake = () => {};
  /** @type {import("./upload_line.js").Upload | null} */
  #upload = null;

  /** @param {HTMLTemplateElement} template @param {{ film: File, title: string, text: Text }} options */
  constructor(template, { film, title, text }) {
    this.#film = film;
    this.#title = title;
    this.#text = text;
    this.element = the(/** @type {DocumentFragment} */ (template.content.cloneNode(true)), "section", HTMLElement);
    this.heading = the(this.element, "h2", HTMLElement);
    this.heading.id = `sending-${(rows += 1)}`;
    this.heading.textContent = text("sending", { TITLE: title });
    this.bar = the(this.element, "progress", HTMLProgressElement);
    for (const labelled of [this.element, this.bar]) labelled.setAttribute("aria-labelledby", this.heading.id);
    this.amount = the(this.element, ".upload-amount", HTMLElement);
    this.amount.textContent = text("waiting");
    this.speed = the(this.element, ".upload-speed", HTMLElement);
    this.said = the(this.element, "[role=status]", HTMLElement);
    this.error = the(this.element, ".upload-failed", HTMLElement);
    this.signedOut = the(this.element, ".upload-signed-out", HTMLElement);
    this.pause = the(this.element, ".upload-pause", HTMLButtonElement);
    this.cancel = the(this.element, ".upload-cancel", HTMLButtonElement);
    this.pause.addEventListener("click", () => this.#toggle());
    this.cancel.addEventListener("click", () => this.#callOff());
    window.addEventListener("online", () => this.#wake());
  }

  /**
   * Send it.
   * @returns {Promise<string>} the movie's id; "" when it was called off. Throws Refused, or what broke before it began
   */
  async send() {
    try {
      this.#stop.signal.throwIfAborted();
      const upload = await uploadOf(this.#film, this.#title);
      this.#upload = upload;
      this.#stop.signal.throwIfAborted();
      this.#show(upload.offset);
      const place = placeOf(upload);
      const line = lineOf(this.#film, place, {
        signal: () => this.#attempt.signal, sent: (bytes) => this.#show(bytes),
      });
      await sendChunks({
        size: this.#film.size,
        chunk: upload.chunk_size,
        gate: this.#gate,
        signal: this.#stop.signal,
        line: place.ours ? line : thenComplete(line, () => complete(upload)),
        wait: (ms) => this.#wait(ms),
        lost: (status) => this.#lost(status),
      });
      return upload.movie;
    } catch (error) {
      if (!this.#stop.signal.aborted) throw error;
      if (this.#upload) await callOff(this.#upload);
      return "";
    }
  }

  /** It ended, well or not. @param {string} detail why not, "" for well */
  end(detail) {
    this.pause.hidden = this.cancel.hidden = true;
    this.speed.textContent = "";
    if (!detail) this.bar.value = 100;
    this.error.textContent = detail;
    this.error.hidden = !detail;
    this.amount.textContent = this.said.textContent = detail ? "" : this.#text("done");
  }

  /** @param {number} sent bytes */
  #show(sent) {
    const total = this.#film.size;
    const perSecond = this.#speedometer.note(performance.now(), sent);
    const percent = total ? (sent / total) * 100 : 100;
    this.bar.value = percent;
    this.amount.textContent = this.#text("amount", { SENT: formatBytes(sent), TOTAL: formatBytes(total) });
    this.speed.textContent = "";
    if (perSecond > 0) {
      const [figure, unit] = roughTime((total - sent) / perSecond);
      this.speed.textContent = this.#text("left", { SPEED: formatBytes(perSecond), TIME: this.#text(unit, { N: figure }) });
    }
    // Every tenth is enough to hear.
    if (percent >= this.#told + 10) {
      this.#told = Math.floor(percent / 10) * 10;
      this.said.textContent = this.#text("percent", { PERCENT: this.#told });
    }
  }

  /** @param {number} ms at most: the network may be back before, or somebody presses a button */
  #wait(ms) {
    return /** @type {Promise<void>} */ (
      new Promise((resolve) => {
        this.#wake = resolve;
        setTimeout(resolve, ms);
      })
    );
  }

  /** @param {number} status of the answer, 0 for none */
  #lost(status) {
    this.#speedometer = createSpeedometer();
    const says = { 0: "offline", 308: "busy", 401: "paused", 409: "busy" }[status];
    this.speed.textContent = this.said.textContent = this.#text(says ?? "noAnswer", { STATUS: status });
    this.signedOut.hidden = status !== 401;
    this.#showPaused();
  }

  #toggle() {
    this.#speedometer = createSpeedometer();
    if (this.#gate.paused) {
      this.#attempt = new AbortController();
      this.#gate.resume();
    } else {
      this.#gate.pause();
      this.#attempt.abort();
      this.#wake();
    }
    this.signedOut.hidden = true;
    this.speed.textContent = this.said.textContent = this.#gate.paused ? this.#text("paused") : "";
    this.#showPaused();
  }

  #showPaused() {
    this.pause.textContent = this.#text(this.#gate.paused ? "resume" : "pause");
  }

  #callOff() {
    this.cancel.disabled = this.pause.disabled = true;
    this.#stop.abort();
    this.#attempt.abort();
    this.#gate.resume();
    this.#wake();
  }
}
