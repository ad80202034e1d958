// @ts-check
/** @typedef {{text: string, name: string | null}} Part */

/** What stands before an @ that means somebody; within a word it is a mail address. */
const BEFORE = /[\s([{"'«„“]$/;

/**
 * Splits text into words and the names that are mentioned with an at sign, the longest name first: Ann Lee isn't Ann.
 * @param {string} text
 * @param {Iterable<string>} names
 * @returns {Part[]}
 */
export function mentions(text, names) {
  const longest = [...new Set(names)].filter((name) => name !== "").sort((a, b) => b.length - a.length);
  /** @type {Part[]} */
  const parts = [];
  let from = 0;
  for (let at = text.indexOf("@"); at !== -1; at = text.indexOf("@", at + 1)) {
    const name = at > 0 && !BEFORE.test(text.slice(0, at)) ? undefined : longest.find((one) => stands(text, at + 1, one));
    if (name === undefined) continue;
    if (at > from) parts.push({ text: text.slice(from, at), name: null });
    from = at + 1 + name.length;
    parts.push({ text: text.slice(at, from), name });
    at = from - 1;
  }
  if (from < text.length) parts.push({ text: text.slice(from), name: null });
  return parts;
}

/**
 * @param {string} text
 * @param {number} at
 * @param {string} name
 */
function stands(text, at, name) {
  const end = at + name.length;
  return text.slice(at, end).toLowerCase() === name.toLowerCase() && !/[\p{L}\p{N}_]/u.test(text.slice(end, end + 1));
}

/**
 * What is being written after an @ right before the caret, or null.
 * @param {string} text
 * @param {number} caret
 * @returns {{from: number, begun: string} | null} from: where the @ stands
 */
export function begun(text, caret) {
  const from = text.lastIndexOf("@", caret - 1);
  if (from === -1 || (from > 0 && !BEFORE.test(text.slice(0, from)))) return null;
  const written = text.slice(from + 1, caret);
  return written.length > 30 || written.includes("\n") ? null : { from, begun: written };
}

/**
 * Names that begin so, or with a word that does.
 * @param {string} written
 * @param {Iterable<string>} names
 * @param {number} most
 */
export function suggested(written, names, most = 6) {
  const wanted = written.toLowerCase();
  const fitting = [...new Set(names)].filter((name) => ` ${name.toLowerCase()}`.includes(` ${wanted}`) && name.toLowerCase() !== wanted);
  return fitting.sort((a, b) => a.localeCompare(b)).slice(0, most);
}
