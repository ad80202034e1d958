// @ts-check
/**
 * @param {Partial<import("../../static/js/sync/protocol.js").Timeline>} [changes]
 * @returns {import("../../static/js/sync/protocol.js").Timeline}
 */
export function timeline(changes = {}) {
  return { seq: 1, item: "film", position: 0, rate: 1, state: "paused", anchor: 0, waiting_for: [], ...changes };
}

/**
 * @param {string} id
 * @param {Partial<import("../../static/js/sync/protocol.js").Participant>} [changes]
 * @returns {import("../../static/js/sync/protocol.js").Participant}
 */
export function participant(id, changes = {}) {
  return {
    id, user: `user-${id}`, name: id, role: "member", state: "ready", connected: true, position: null, rtt: null,
    drift: null, ...changes,
  };
}

/**
 * @param {Partial<import("../../static/js/sync/protocol.js").Welcome>} [changes]
 * @returns {import("../../static/js/sync/protocol.js").Welcome}
 */
export function welcome(changes = {}) {
  const alice = participant("alice", { role: "host" });
  return {
    type: "welcome", protocol: 1, session: "s1", you: alice, heartbeat: { interval: 5, timeout: 15 },
    room: { code: "demo", name: "Demo", control: "everyone", buffering: {} }, timeline: timeline({ seq: 5 }),
    participants: [alice], participant_count: 1, now: 100, chat_seq: 3, ...changes,
  };
}
