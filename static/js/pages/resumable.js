// @ts-check
// A file goes to the server in chunks, by Google's resumable protocol, through cuts and pauses. No page in here.

/**
 * @typedef {{ status: number, range: string | null, body: string }} Answer
 * @typedef {{
 *   ask(): Promise<Answer>,
 *   put(first: number, end: number): Promise<Answer>,
 * }} Line how far it got, and a chunk from `first` up to before `end`; rejected when the connection breaks
 */

const UNKNOWN = -1; // how far it got: to be asked
const GO_ON = 308;
const SIGNED_OUT = 401;
// The answers after which the same may work later; also 409: another request may be writing still.
const FOR_NOW = new Set([SIGNED_OUT, 408, 409, 429, 500, 502, 503, 504]);
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 30_000;

/** The server won't have it. */
export class Refused extends Error {
  /** @param {number} status @param {string} body */
  constructor(status, body) {
    super(`${status}`);
    this.status = status;
    this.body = body;
  }
}

/**
 * The first byte that is missing.
 * @param {string | null} range of a 308: "bytes=0-524287", null for nothing yet
 */
export function nextByte(range) {
  const found = /^bytes=0-(\d+)$/.exec(range ?? "");
  return found ? Number(found[1]) + 1 : 0;
}

/** Closed while paused. */
export class Gate {
  /** @type {(() => void) | null} */
  #open = null;
  /** @type {Promise<void>} */
  #opened = Promise.resolve();

  get paused() {
    return this.#open !== null;
  }

  pause() {
    if (!this.#open) this.#opened = new Promise((resolve) => (this.#open = resolve));
  }

  resume() {
    this.#open?.();
    this.#open = null;
  }

  opened() {
    return this.#opened;
  }
}

/**
 * Send all that is missing. A stretch without headway is waited for longer and longer: a server that still holds what
 * a broken connection left (409), or is putting a whole file in its place, isn't asked at once again.
 * @param {{
 *   size: number, chunk: number, line: Line, gate: Gate, signal: AbortSignal,
 *   wait: (ms: number) => Promise<void>, lost: (status: number) => void,
 * }} options `lost` is told before each wait: the status of the answer, 0 for none. A 401 closes the gate: whoever opens
 *   it has signed in again
 * @returns {Promise<string>} the body of the last answer. Throws Refused; the signal's reason
 */
export async function sendChunks({ size, chunk, line, gate, signal, wait, lost }) {
  let at = UNKNOWN;
  let reached = UNKNOWN;
  let failures = 0;
  for (;;) {
    await gate.opened();
    signal.throwIfAborted();
    const from = at;
    const answer = await attempt(() => (from === UNKNOWN ? line.ask() : line.put(from, Math.min(from + chunk, size))));
    signal.throwIfAborted();
    if (answer?.status === 200 || answer?.status === 201) return answer.body;
    const next = answer?.status === GO_ON ? nextByte(answer.range) : UNKNOWN;
    if (answer && next === UNKNOWN && !FOR_NOW.has(answer.status)) throw new Refused(answer.status, answer.body);
    if (next > reached) {
      reached = next;
      failures = 0;
    }
    if (next > from && next < size) {
      at = next;
      continue;
    }
    at = UNKNOWN;
    if (gate.paused) continue;
    const signedOut = answer?.status === SIGNED_OUT;
    if (signedOut) gate.pause();
    lost(answer?.status ?? 0);
    if (!signedOut) await wait(Math.min(FIRST_WAIT_MS * 2 ** failures, LONGEST_WAIT_MS));
    failures += 1;
  }
}

/**
 * @param {() => Promise<Answer>} send
 * @returns {Promise<Answer | null>} null when the connection broke, or a pause stopped it
 */
async function attempt(send) {
  try {
    return await send();
  } catch {
    return null;
  }
}

// What a session answers that is over: sometimes because all has come.
const OVER = new Set([404, 410]);

/**
 * A line to a bucket, which tells our server nothing: `complete` does, when all has come.
 * @param {Line} line
 * @param {() => Promise<Answer>} complete
 * @returns {Line}
 */
export function thenComplete(line, complete) {
  /** @param {Answer} answer */
  const told = async (answer) => {
    if (answer.status === 200 || answer.status === 201) return complete();
    if (!OVER.has(answer.status)) return answer;
    const completed = await complete();
    return completed.status === 409 ? answer : completed;
  };
  return {
    ask: async () => told(await line.ask()),
    put: async (first, end) => told(await line.put(first, end)),
  };
}
