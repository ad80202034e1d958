// @ts-check
/** @typedef {{text: string, href: string | null}} Piece */

const LINK = /https?:\/\/[^\s<>"]+/gi;
/** What ends a sentence rather than a link. */
const TRAILING = /[.,;:!?'")\]}]+$/;

/**
 * Splits a line of chat into text and links; only http and https become links.
 * @param {string} line
 * @returns {Piece[]}
 */
export function pieces(line) {
  /** @type {Piece[]} */
  const found = [];
  let from = 0;
  for (const match of line.matchAll(LINK)) {
    const link = withoutTrailing(match[0]);
    if (!URL.canParse(link)) continue;
    if (match.index > from) found.push({ text: line.slice(from, match.index), href: null });
    found.push({ text: link, href: new URL(link).href });
    from = match.index + link.length;
  }
  if (from < line.length) found.push({ text: line.slice(from), href: null });
  return found;
}

/**
 * A closing bracket belongs to the link when it was opened there.
 * @param {string} link
 */
function withoutTrailing(link) {
  const cut = link.replace(TRAILING, "");
  return cut.includes("(") && link.slice(cut.length).startsWith(")") ? `${cut})` : cut;
}
