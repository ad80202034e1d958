// @ts-check
// The server writes UTC; people read their own time.

const UNITS = /** @type {const} */ ([
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
]);

/**
 * "3 hours ago", "in 2 days".
 * @param {number} then ms since the epoch
 * @param {number} now ms since the epoch
 * @param {string} [locale]
 */
export function relative(then, now, locale) {
  const seconds = (then - now) / 1000;
  const format = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  for (const [unit, length] of UNITS) {
    if (Math.abs(seconds) >= length) return format.format(Math.round(seconds / length), unit);
  }
  return format.format(0, "second");
}

/** @param {ParentNode} root */
export function localizeTimes(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const then = Date.parse(time.getAttribute("datetime") ?? "");
    if (Number.isNaN(then)) continue;
    const whole = new Date(then).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
    time.setAttribute("title", whole);
    time.textContent = time.hasAttribute("data-relative") ? relative(then, Date.now(), document.documentElement.lang) : whole;
  }
}
