// @ts-check
/**
 * @typedef {import("./protocol.js").ServerMessage} ServerMessage
 * @typedef {import("./protocol.js").Snapshot} Snapshot
 * @typedef {import("./protocol.js").Timeline} Timeline
 * @typedef {import("./protocol.js").Participant} Participant
 * @typedef {import("./protocol.js").ChatLine} ChatLine
 * @typedef {import("./protocol.js").RoomInfo} RoomInfo
 * @typedef {import("./protocol.js").Cause} Cause
 */

/**
 * What this page knows of the room.
 * @typedef {{
 *   room: RoomInfo | null, you: Participant | null, session: string | null, timeline: Timeline | null,
 *   cause: Cause | null, participants: ReadonlyMap<string, Participant>, count: number,
 *   chat: readonly ChatLine[], chatSeq: number, chatKept: number,
 * }} RoomState
 */

/** Lines kept on the page besides the older ones that somebody scrolled to. */
export const CHAT_KEPT = 500;

/** @returns {RoomState} */
export function emptyRoom() {
  return {
    room: null, you: null, session: null, timeline: null, cause: null, participants: new Map(), count: 0,
    chat: [], chatSeq: 0, chatKept: CHAT_KEPT,
  };
}

/**
 * The next state of the room; the same object when the message changes nothing.
 * @param {RoomState} state
 * @param {ServerMessage} message
 * @returns {RoomState}
 */
export function reduce(state, message) {
  switch (message.type) {
    case "welcome":
      return snapshot({ ...state, you: message.you, session: message.session }, message);
    case "snapshot":
      return snapshot(state, message);
    case "timeline":
      return timeline(state, message, message.cause ?? null);
    case "presence":
      return presence(state, message.event === "left" ? [] : [message.participant],
        message.event === "left" ? [message.participant.id] : []);
    case "roster":
      return { ...presence(state, [...message.joined, ...message.changed], message.left), count: message.count };
    case "chat":
      return addChat(state, [message]);
    case "chat_deleted":
      return { ...state, chat: state.chat.filter((line) => line.chat_seq !== message.chat_seq) };
    case "room":
      return state.room === null ? state : { ...state, room: { ...state.room, ...roomInfo(message) } };
    default:
      return state;
  }
}

/**
 * Adds lines that aren't there yet, from the socket or from the history, in order of chat_seq.
 * @param {RoomState} state
 * @param {readonly ChatLine[]} lines
 * @returns {RoomState}
 */
export function addChat(state, lines) {
  const known = new Set(state.chat.map((line) => line.chat_seq));
  const added = lines.filter((line) => !known.has(line.chat_seq));
  if (added.length === 0) return state;
  const chat = [...state.chat, ...added].sort((a, b) => a.chat_seq - b.chat_seq).slice(-state.chatKept);
  return { ...state, chat, chatSeq: Math.max(state.chatSeq, ...added.map((line) => line.chat_seq)) };
}

/**
 * Adds lines from before the first one; they stay, whatever is said meanwhile.
 * @param {RoomState} state
 * @param {readonly ChatLine[]} lines
 * @returns {RoomState}
 */
export function addOlderChat(state, lines) {
  return addChat({ ...state, chatKept: state.chat.length + lines.length + CHAT_KEPT }, lines);
}

/**
 * Drops the lines up to `last` that aren't among those read: they were deleted while nobody told this page.
 * @param {RoomState} state
 * @param {readonly ChatLine[]} read all from the first that the page holds up to `last`
 * @param {number} last chat_seq
 * @returns {RoomState}
 */
export function withoutDeleted(state, read, last) {
  const there = new Set(read.map((line) => line.chat_seq));
  const chat = state.chat.filter(({ chat_seq }) => chat_seq > last || there.has(chat_seq));
  return chat.length === state.chat.length ? state : { ...state, chat };
}

/**
 * @param {RoomState} state
 * @param {Snapshot} message
 * @returns {RoomState}
 */
function snapshot(state, message) {
  const participants = new Map(message.participants.map((p) => [p.id, p]));
  const next = { ...state, room: roomInfo(message.room), participants, count: message.participant_count };
  // Before the first line is here there is nothing to resume after but the room's own count.
  if (state.room === null) next.chatSeq = Math.max(state.chatSeq, message.chat_seq);
  return timeline(next, message.timeline, null);
}

/**
 * Only a higher seq counts: frames of two connections may cross.
 * @param {RoomState} state
 * @param {Timeline} next
 * @param {Cause | null} cause
 * @returns {RoomState}
 */
function timeline(state, next, cause) {
  if (state.timeline !== null && next.seq <= state.timeline.seq) return state;
  const { seq, item, position, rate, anchor, waiting_for, waiting_since, next_at } = next;
  const held = { seq, item, position, rate, state: next.state, anchor, waiting_for };
  const since = waiting_since === undefined ? {} : { waiting_since };
  return { ...state, timeline: { ...held, ...since, ...(next_at === undefined ? {} : { next_at }) }, cause };
}

/**
 * @param {RoomState} state
 * @param {readonly Participant[]} present
 * @param {readonly string[]} left
 * @returns {RoomState}
 */
function presence(state, present, left) {
  const participants = new Map(state.participants);
  for (const p of present) participants.set(p.id, p);
  for (const id of left) participants.delete(id);
  const you = (state.you && participants.get(state.you.id)) ?? state.you;
  return { ...state, participants, you, count: state.count + participants.size - state.participants.size };
}

/**
 * @param {RoomInfo} message
 * @returns {RoomInfo}
 */
function roomInfo({ code, name, control, buffering, auto_next = false, skip_votes = false, slow_mode = 0 }) {
  return { code, name, control, buffering, auto_next, skip_votes, slow_mode };
}

/**
 * Who may play, pause, seek, change the speed or load.
 * @param {RoomState} state
 */
export function mayControl(state) {
  const role = state.you?.role;
  if (!state.room || !role) return false;
  if (state.room.control === "everyone" || state.you?.controls) return true;
  return role === "host" || (state.room.control === "moderators" && role === "moderator");
}

/**
 * Who may let others control the room.
 * @param {RoomState} state
 */
export function mayGrant(state) {
  const role = state.you?.role;
  return role === "host" || (role === "moderator" && state.room !== null && state.room.control !== "host");
}
