// @ts-check
/** @typedef {{place: number, of: number}} Place counted from 1 */

/**
 * The place, from 0, at which something at that height belongs among rows with those middles.
 * @param {readonly number[]} middles
 * @param {number} y
 */
export function placeAt(middles, y) {
  const below = middles.findIndex((middle) => y < middle);
  return below === -1 ? middles.length : below;
}

/**
 * Rows are moved by their handles: dragged with any pointer, or with the arrow keys.
 * @param {HTMLOListElement} list of rows with a `data-entry` and a `.queue-handle`
 * @param {{move: (entry: string, place: number) => void}} parts move: puts an entry at that place, from 0
 * @returns {{dragging: () => boolean}} the rows must not be drawn anew meanwhile
 */
export function wireOrder(list, { move }) {
  /** @type {{row: HTMLElement, from: number} | null} */
  let held = null;
  const rows = () => /** @type {HTMLElement[]} */ ([...list.children]);
  /** @param {EventTarget | null} target */
  const rowOf = (target) =>
    target instanceof Element && target.closest(".queue-handle") ? /** @type {HTMLElement | null} */ (target.closest("[data-entry]")) : null;

  list.addEventListener("keydown", (event) => {
    const row = rowOf(event.target);
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!row || step === undefined) return;
    event.preventDefault();
    const place = rows().indexOf(row) + step;
    if (place >= 0 && place < rows().length) move(row.dataset.entry ?? "", place);
  });

  list.addEventListener("pointerdown", (event) => {
    const row = rowOf(event.target);
    if (!row || event.button !== 0 || !(event.target instanceof Element)) return;
    held = { row, from: rows().indexOf(row) };
    event.target.closest(".queue-handle")?.setPointerCapture(event.pointerId);
    row.classList.add("queue-dragged");
  });
  list.addEventListener("pointermove", (event) => {
    if (!held) return;
    const { row } = held;
    const others = rows().filter((other) => other !== row);
    const middles = others.map((other) => {
      const { top, height } = other.getBoundingClientRect();
      return top + height / 2;
    });
    const before = others[placeAt(middles, event.clientY)] ?? null;
    if (row.nextElementSibling !== before) list.insertBefore(row, before);
  });
  /** @param {boolean} keep */
  const dropped = (keep) => {
    if (!held) return;
    const { row, from } = held;
    held = null;
    row.classList.remove("queue-dragged");
    const place = rows().indexOf(row);
    if (!keep) list.insertBefore(row, rows().filter((other) => other !== row)[from] ?? null);
    else if (place !== from) move(row.dataset.entry ?? "", place);
  };
  list.addEventListener("pointerup", () => dropped(true));
  list.addEventListener("pointercancel", () => dropped(false));
  return { dragging: () => held !== null };
}
