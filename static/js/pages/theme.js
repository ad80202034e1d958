// @ts-check
// The theme is a cookie, so that the server already sends the right one: no flash, no inline script.

const YEAR = 365 * 24 * 3600;
const system = window.matchMedia("(prefers-color-scheme: dark)");

/** @returns {boolean} whether the page is dark now, by choice or by the system's. */
export function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : system.matches;
}

/** @param {"light" | "dark"} theme */
function choose(theme) {
  document.documentElement.dataset.theme = theme;
  document.cookie = `theme=${theme}; path=/; max-age=${YEAR}; samesite=lax`;
}

/** @param {HTMLButtonElement} toggle hidden until now: without JavaScript the system decides. */
export function watchTheme(toggle) {
  const show = () => toggle.setAttribute("aria-pressed", String(isDark()));
  toggle.addEventListener("click", () => {
    choose(isDark() ? "light" : "dark");
    show();
  });
  system.addEventListener("change", show);
  toggle.hidden = false;
  show();
}
