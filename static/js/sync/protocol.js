// @ts-check
/**
 * The messages of `watchparty.v1` (docs/protocol.md), as types. Unknown types and keys are ignored on purpose.
 *
 * @typedef {"ready" | "buffering" | "away"} PlayerState
 * @typedef {"paused" | "playing" | "waiting"} RoomPlayState
 * @typedef {"host" | "moderator" | "member" | "guest"} Role
 * @typedef {"host" | "moderators" | "everyone"} Control
 *
 * @typedef {{
 *   seq: number, item: string | null, position: number, rate: number, state: RoomPlayState, anchor: number,
 *   waiting_for: string[], waiting_since?: number, next_at?: number,
 * }} Timeline
 * @typedef {{action: string, by: string | null, id: string | null}} Cause
 * @typedef {{
 *   id: string, user: string, name: string, role: Role, state: PlayerState | "offline", connected: boolean,
 *   position: number | null, rtt: number | null, drift: number | null, muted?: boolean, controls?: boolean,
 * }} Participant
 * @typedef {{code: string, name: string, control: Control, buffering: Record<string, unknown>, auto_next?: boolean,
 *   skip_votes?: boolean, slow_mode?: number}} RoomInfo slow_mode: seconds between two lines of one person, 0 for none
 * @typedef {{
 *   room: RoomInfo, timeline: Timeline, participants: Participant[], participant_count: number, now: number,
 *   chat_seq: number,
 * }} Snapshot
 * @typedef {{id: string, user: string, name: string}} Author
 * @typedef {{chat_seq: number, by: Author, text: string, sent_at: string, id?: string | null}} ChatLine
 *
 * @typedef {{type: "welcome", protocol: number, session: string, you: Participant,
 *   heartbeat: {interval: number, timeout: number}} & Snapshot} Welcome
 * @typedef {{type: "snapshot"} & Snapshot} SnapshotMessage
 * @typedef {{type: "clock", t0: number, t1: number, t2: number, seq: number}} ClockReply
 * @typedef {{type: "timeline", cause?: Cause} & Timeline} TimelineMessage
 * @typedef {{type: "presence", participant: Participant, event: "joined" | "left" | "changed"}} Presence
 * @typedef {{type: "roster", joined: Participant[], changed: Participant[], left: string[], count: number}} Roster
 * @typedef {{type: "chat"} & ChatLine} ChatMessage
 * @typedef {{type: "chat_deleted", chat_seq: number}} ChatDeleted
 * @typedef {{type: "reaction", by: Author, emoji: string}} Reaction
 * @typedef {{type: "typing", by: Author}} Typing
 * @typedef {{type: "room"} & RoomInfo} RoomMessage
 * @typedef {{type: "ack", id: string, seq: number}} Ack
 * @typedef {{type: "error", id?: string, code: string, detail: string, retry_after?: number}} ErrorMessage
 * @typedef {{type: "control_request", user: string, name: string, state: "asked" | "granted" | "declined"}} ControlRequest
 * @typedef {{type: "queue"}} QueueChanged
 * @typedef {{type: "movie", item: string}} MovieReady
 * @typedef {{type: "votes", item: string, count: number, needed: number}} Votes
 * @typedef {Welcome | SnapshotMessage | ClockReply | TimelineMessage | Presence | Roster | ChatMessage | ChatDeleted
 *   | Reaction | Typing | RoomMessage | Ack | ErrorMessage | ControlRequest | QueueChanged | MovieReady
 *   | Votes} ServerMessage
 *
 * @typedef {{type: "play", force?: boolean} | {type: "pause", at?: number} | {type: "seek", position: number}
 *   | {type: "rate", rate: number} | {type: "load", item: string, after?: string | null}} Command
 * @typedef {{type: "status", state: PlayerState, seq: number, position: number, buffered: number, drift?: number}} Status
 */

export const SUBPROTOCOL = "watchparty.v1";

/**
 * @param {unknown} frame
 * @returns {ServerMessage | null} null for what isn't an object with a type
 */
export function decode(frame) {
  if (typeof frame !== "string") return null;
  try {
    const message = JSON.parse(frame);
    return typeof message?.type === "string" ? message : null;
  } catch {
    return null;
  }
}

let counter = 0;

/**
 * An id for a command: the server takes each effect once per id and session, across reconnects.
 * `crypto.randomUUID` is absent on plain HTTP in a LAN.
 */
export function newId() {
  const random = crypto.getRandomValues(new Uint32Array(2));
  counter += 1;
  return `${counter}-${random[0]?.toString(36)}${random[1]?.toString(36)}`;
}
