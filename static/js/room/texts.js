// @ts-check
/** @type {Map<string, string>} */
const texts = new Map();

/**
 * Takes the translated texts out of the page.
 * @param {DocumentFragment} source
 */
export function learnTexts(source) {
  for (const element of source.querySelectorAll("[data-text]")) {
    texts.set(element.getAttribute("data-text") ?? "", element.textContent ?? "");
  }
}

/**
 * A translated text with its `{gaps}` filled in.
 * @param {string} key as in templates/rooms/room_texts.html
 * @param {Record<string, string | number>} [values]
 */
export function say(key, values = {}) {
  const text = texts.get(key) ?? key;
  return text.replace(/\{(\w+)\}/g, (gap, name) => String(values[name] ?? gap));
}
