// @ts-check
// What every page has: the theme toggle, local times, questions before what can't be undone, the first error in focus.

import { localizeTimes } from "./times.js";
import { watchTheme } from "./theme.js";

const toggle = document.querySelector(".theme-toggle");
if (toggle instanceof HTMLButtonElement) watchTheme(toggle);

localizeTimes(document);

for (const form of document.querySelectorAll("form[data-confirm]")) {
  form.addEventListener("submit", (event) => {
    if (!window.confirm(form.getAttribute("data-confirm") ?? "")) event.preventDefault();
  });
}

// A second press while the first is under way would make a second room.
for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.hasAttribute("data-sent")) event.preventDefault();
    form.setAttribute("data-sent", "");
  });
}
// Back from the cache of the browser's history: it may be sent again.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) form.removeAttribute("data-sent");
});

const wrong = document.querySelector("[aria-invalid='true'], .form-errors");
if (wrong instanceof HTMLElement) wrong.focus();
