// @ts-check
import { FakeVideo } from "./world.js";

/** A `<video>` of 30 pictures a second that tells of those it shows. */
export class PaintedVideo extends FakeVideo {
  /** How many pictures off the next sought ones come out, one after the other. */
  off = /** @type {number[]} */ ([]);
  /** How much earlier than those before it a sought picture is said to appear, ms, one after the other. */
  early = /** @type {number[]} */ ([]);
  mute = false;
  #count = 0;
  /** @type {VideoFrameRequestCallback | null} */
  #callback = null;

  /** @param {import("./world.js").World} world */
  constructor(world) {
    super(world);
    this.addEventListener("seeked", () => {
      const n = Math.floor(this.currentTime * 30 + 1e-4) + (this.off.shift() ?? 0);
      if (!this.mute) this.paint(n / 30, world.local() + 16 - (this.early.shift() ?? 0));
    });
  }

  /** @param {VideoFrameRequestCallback} callback */
  requestVideoFrameCallback(callback) {
    this.#callback = callback;
    return 1;
  }

  /**
   * @param {number} media s
   * @param {number} display local ms
   * @param {number} counted since the one before
   */
  paint(media, display, counted = 1) {
    const callback = this.#callback;
    this.#callback = null;
    this.#count += counted;
    callback?.(display, /** @type {VideoFrameCallbackMetadata} */ ({
      mediaTime: media, expectedDisplayTime: display, presentedFrames: this.#count,
    }));
  }
}
