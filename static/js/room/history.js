// @ts-check
import { addChat, addOlderChat, CHAT_KEPT, withoutDeleted } from "../sync/room_state.js";
/**
 * @typedef {import("./api.js").Api} Api
 * @typedef {import("./party.js").Party} Party
 * @typedef {import("../sync/protocol.js").ChatLine} ChatLine
 */

/** Lines read on entry. */
const FIRST = 100;
/** The most lines that one answer holds. */
const PAGE = 200;
/** The server brings up to so many missed lines by the socket, and none of more. */
const BROUGHT = 1000;

/**
 * Reads the lines of chat that the socket doesn't bring.
 * @param {Pick<Party, "state" | "onState" | "onMessage" | "update">} party
 * @param {{api: Pick<Api, "get">, code: string, failed: (text: string) => void}} parts
 * @returns {() => Promise<boolean>} reads a page of older lines; false when there are no more, or it couldn't
 */
export function readHistory(party, { api, code, failed }) {
  const path = `rooms/${code}/messages/`;
  /** @param {Promise<ChatLine[]>} lines */
  const add = (lines) => lines.then((read) => party.update((state) => addChat(state, read)), (error) => failed(error.message));

  let asked = false;
  party.onState((state) => {
    if (asked || state.room === null) return;
    asked = true;
    if (state.chatSeq > 0) add(newest(api, path, { wanted: FIRST, after: 0, size: FIRST }));
  });
  /** Which of the lines here were deleted while the connection was cut, only the database knows. */
  const forgetDeleted = () => {
    const { chat, chatSeq } = party.state;
    const first = chat[0];
    if (first === undefined) return;
    newest(api, path, { wanted: Infinity, after: first.chat_seq - 1, size: PAGE, last: chatSeq }).then(
      // Who scrolled up meanwhile has read older lines just now.
      (read) => party.update((state) => withoutDeleted(state, [...state.chat.filter((line) => line.chat_seq < first.chat_seq), ...read], chatSeq)),
      (error) => failed(error.message),
    );
  };
  party.onMessage((message) => {
    if (message.type !== "welcome") return;
    const { chatSeq } = party.state;
    if (message.chat_seq - chatSeq > BROUGHT) add(newest(api, path, { wanted: CHAT_KEPT, after: chatSeq, size: PAGE }));
    forgetDeleted();
  });

  let reading = false;
  return async () => {
    const first = party.state.chat[0];
    if (reading || first === undefined || first.chat_seq <= 1) return false;
    reading = true;
    try {
      const page = await api.get(`${path}?page_size=${FIRST}&before=${first.chat_seq}`);
      party.update((state) => addOlderChat(state, page.results));
      return page.results.length > 0;
    } catch (error) {
      failed(error instanceof Error ? error.message : String(error));
      return false;
    } finally {
      reading = false;
    }
  };
}

/**
 * The newest lines after the one with the chat_seq `after`, as many as wanted or all. From the end, or from `last`,
 * backwards: there may be far more of them than a page keeps.
 * @param {Pick<Api, "get">} api
 * @param {string} path
 * @param {{wanted: number, after: number, size: number, last?: number}} which size: of one answer
 */
async function newest(api, path, { wanted, after, size, last }) {
  /** @type {ChatLine[]} */
  let lines = [];
  for (let before = last === undefined ? "" : `&before=${last + 1}`; ; before = `&before=${lines[0]?.chat_seq}`) {
    const page = await api.get(`${path}?page_size=${size}${before}`);
    lines = [...page.results, ...lines];
    const first = lines[0]?.chat_seq ?? 0;
    if (page.previous === null || first <= after + 1 || lines.length >= wanted) return lines;
  }
}
