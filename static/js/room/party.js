// @ts-check
import { RoomClock } from "../sync/clock.js";
import { STEER } from "../sync/constants.js";
import { Player } from "../sync/player.js";
import { newId } from "../sync/protocol.js";
import { emptyRoom, mayControl, reduce } from "../sync/room_state.js";
import { RoomSocket } from "../sync/socket.js";
/**
 * @typedef {import("../sync/protocol.js").Command} Command
 * @typedef {import("../sync/protocol.js").ServerMessage} ServerMessage
 * @typedef {import("../sync/room_state.js").RoomState} RoomState
 * @typedef {import("../sync/socket.js").Link} Link
 * @typedef {{message: {type: string, id: string}, at: number, resolve: () => void, reject: (error: Error) => void}} Asked
 */

/** A command older than this isn't wanted any more when the connection is back; a line of chat always is. */
const STALE = 5000;
/** How long our own pause waits for the room's answer before the room is followed again. */
const PATIENCE = 1500;

/** @type {import("../sync/player.js").Timers} */
const timers = {
  now: () => performance.now(),
  after: (ms, run) => window.setTimeout(run, ms),
  cancel: (handle) => window.clearTimeout(handle),
};

/** Was refused by the server, or couldn't be sent. `code` as in the protocol, or "offline". */
export class CommandError extends Error {
  /**
   * @param {string} code
   * @param {string} detail
   * @param {number | null} [retryAfter] s
   */
  constructor(code, detail, retryAfter = null) {
    super(detail);
    this.code = code;
    this.retryAfter = retryAfter;
  }
}

/** This page's part in the room: what it knows, its connection and its player. Views subscribe to it. */
export class Party {
  /** @type {RoomState} */
  state = emptyRoom();
  /** @type {Link} */
  link = { state: "connecting", retryAt: 0 };
  joined = false;
  clock = new RoomClock();
  player;
  #socket;
  /** @type {Map<string, Asked>} */
  #asked = new Map();
  /** @type {((state: RoomState, before: RoomState) => void)[]} */
  #stateViews = [];
  /** @type {((message: ServerMessage) => void)[]} */
  #messageViews = [];
  /** @type {((link: Link) => void)[]} */
  #linkViews = [];

  /**
   * @param {{url: string, video: HTMLVideoElement, session: string | null, refused: () => void}} parts
   *   session: that of this tab's page before a reload
   */
  constructor({ url, video, session, refused }) {
    this.state = { ...this.state, session };
    this.player = new Player({
      video, clock: this.clock, timers, refused,
      report: (status) => this.#socket.send(status),
      hidden: () => document.hidden,
    });
    this.#socket = new RoomSocket({
      url, clock: this.clock, timers, random: Math.random,
      open: (address, protocol) => new WebSocket(address, protocol),
      held: () => ({ session: this.state.session, seq: this.state.timeline?.seq ?? -1, chatSeq: this.state.room ? this.state.chatSeq : null }),
      received: (message) => this.#received(message),
      changed: (link) => this.#linkChanged(link),
    });
  }

  /** @param {(state: RoomState, before: RoomState) => void} view */
  onState(view) {
    this.#stateViews.push(view);
  }

  /** @param {(message: ServerMessage) => void} view */
  onMessage(view) {
    this.#messageViews.push(view);
  }

  /** @param {(link: Link) => void} view */
  onLink(view) {
    this.#linkViews.push(view);
  }

  start() {
    this.#socket.connect();
    window.setInterval(() => this.player.tick(), STEER.every);
    window.addEventListener("online", () => this.#socket.hurry());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) {
        this.#socket.burst();
        this.player.woken();
      }
      this.player.tick();
    });
  }

  /** The gesture was made. */
  join() {
    this.joined = true;
    this.player.join();
  }

  get mayControl() {
    return mayControl(this.state);
  }

  /** Room clock in seconds. */
  get roomNow() {
    return this.clock.toRoom(performance.now()) / 1000;
  }

  /**
   * @param {Command} command
   * @returns {Promise<void>} rejects with a CommandError
   */
  command(command) {
    return this.#ask(command, false);
  }

  /** Plays, or stops at what this person sees now. */
  togglePlay() {
    return this.state.timeline?.state === "paused" ? this.command({ type: "play" }) : this.pause();
  }

  pause() {
    if (this.mayControl) this.player.stopNow(PATIENCE);
    return this.command({ type: "pause", at: this.roomNow });
  }

  /** @param {number} position s */
  seek(position) {
    return this.command({ type: "seek", position: Math.max(0, position) });
  }

  /**
   * @param {string} text
   * @returns {Promise<void>} when the line is stored; it survives a cut
   */
  chat(text) {
    return this.#ask({ type: "chat", text }, true);
  }

  /** @param {string} emoji */
  react(emoji) {
    this.#socket.send({ type: "reaction", id: newId(), emoji });
  }

  typing() {
    this.#socket.send({ type: "typing" });
  }

  /** @param {(state: RoomState) => RoomState} change */
  update(change) {
    const before = this.state;
    this.state = change(before);
    if (this.state !== before) for (const view of this.#stateViews) view(this.state, before);
  }

  /**
   * @param {Command | {type: "chat", text: string}} wanted
   * @param {boolean} keep until the connection is back
   * @returns {Promise<void>}
   */
  #ask(wanted, keep) {
    const message = { ...wanted, id: newId() };
    if (!this.#socket.send(message) && !keep) return Promise.reject(new CommandError("offline", ""));
    return new Promise((resolve, reject) => {
      this.#asked.set(message.id, { message, at: performance.now(), resolve, reject });
    });
  }

  /** @param {ServerMessage} message */
  #received(message) {
    const before = this.state.timeline;
    if (message.type === "welcome") this.player.connected(message.you.id);
    this.update((state) => reduce(state, message));
    const { timeline } = this.state;
    if (timeline && timeline !== before) this.player.apply(timeline);
    if (message.type === "welcome") this.#askAgain();
    this.#answer(message);
    for (const view of this.#messageViews) view(message);
  }

  /** The same ids, so that what had arrived takes no effect twice. */
  #askAgain() {
    for (const [id, asked] of this.#asked) {
      if (asked.message.type === "chat" || performance.now() - asked.at < STALE) {
        this.#socket.send(asked.message);
      } else {
        this.#asked.delete(id);
        asked.reject(new CommandError("offline", ""));
      }
    }
  }

  /** @param {ServerMessage} message */
  #answer(message) {
    const id = message.type === "timeline" ? message.cause?.id : "id" in message ? message.id : null;
    const asked = id ? this.#asked.get(id) : undefined;
    if (!id || !asked) return;
    this.#asked.delete(id);
    if (message.type === "error") asked.reject(new CommandError(message.code, message.detail, message.retry_after ?? null));
    else asked.resolve();
  }

  /** @param {Link} link */
  #linkChanged(link) {
    this.link = link;
    for (const view of this.#linkViews) view(link);
  }
}
