// @ts-check
import { byId, make } from "./dom.js";
import { begun, suggested } from "./mentions.js";

/**
 * Offers the names of those present while an @ is being written. The field keeps the focus: arrows choose, Enter or Tab
 * takes, Escape leaves.
 * @param {HTMLInputElement} field
 * @param {() => Iterable<string>} names
 */
export function wireMentionPicker(field, names) {
  const list = byId("mentions", HTMLUListElement);
  let from = 0;
  let chosen = 0;
  /** @type {string[]} */
  let offered = [];

  const show = () => {
    list.replaceChildren(...offered.map((name, at) => {
      const option = make("li", { id: `mention-${at}`, role: "option", class: "mention-option", "aria-selected": String(at === chosen) }, name);
      // Before the field loses the focus.
      option.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        take(name);
      });
      return option;
    }));
    list.hidden = offered.length === 0;
    if (offered.length > 0) field.setAttribute("aria-activedescendant", `mention-${chosen}`);
    else field.removeAttribute("aria-activedescendant");
  };
  const close = () => {
    offered = [];
    show();
  };
  /** @param {string} name */
  const take = (name) => {
    const caret = field.selectionStart ?? field.value.length;
    const before = `${field.value.slice(0, from)}@${name} `;
    field.value = before + field.value.slice(caret).replace(/^ /, "");
    field.setSelectionRange(before.length, before.length);
    close();
  };

  field.addEventListener("input", () => {
    const writing = begun(field.value, field.selectionStart ?? field.value.length);
    from = writing?.from ?? 0;
    offered = writing ? suggested(writing.begun, names()) : [];
    chosen = 0;
    show();
  });
  field.addEventListener("keydown", (event) => {
    if (offered.length === 0) return;
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (step !== undefined) {
      chosen = (chosen + step + offered.length) % offered.length;
      show();
    } else if (event.key === "Enter" || event.key === "Tab") {
      take(offered[chosen] ?? "");
    } else if (event.key === "Escape") {
      close();
      event.stopPropagation();
    } else {
      return;
    }
    event.preventDefault();
  });
  field.addEventListener("blur", close);
}
