// @ts-check
// The upload page: films go to the server in chunks, each with a row of its own, and go on after a cut or a reload.

import { formatBytes, titleOf } from "./figures.js";
import { readProblem } from "./problem.js";
import { Refused } from "./resumable.js";
import { callOff, unfinished } from "./upload_line.js";
import { UploadRow, the } from "./upload_row.js";

const form = the(document, "#upload", HTMLFormElement);
const drop = the(document, "#drop", HTMLElement);
const file = the(document, "#id_file", HTMLInputElement);
const title = the(document, "#id_title", HTMLInputElement);
const titleField = the(document, "#title-field", HTMLElement);
const general = the(document, "#upload-error", HTMLElement);
const sending = the(document, "#sending", HTMLElement);
const row = the(document, "#sending-row", HTMLTemplateElement);
const begun = the(document, "#begun", HTMLElement);
const texts = the(document, "#upload-texts", HTMLElement).dataset;
const most = Number(form.dataset.most);

/** How many films are on their way. */
let under = 0;

/** @param {string} name @param {Record<string, string | number>} values */
function text(name, values = {}) {
  let filled = texts[name] ?? "";
  for (const [key, value] of Object.entries(values)) filled = filled.replace(key, String(value));
  return filled;
}

/** @param {HTMLInputElement} input @param {string} detail "" for none */
function showAtField(input, detail) {
  const place = document.getElementById(`${input.id}_error`);
  const described = (input.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id && id !== place?.id);
  if (detail && place) described.push(place.id);
  input.setAttribute("aria-describedby", described.join(" "));
  if (detail) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
  const line = document.createElement("p");
  line.className = "error";
  line.textContent = detail;
  place?.replaceChildren(...(detail ? [line] : []));
}

function clearErrors() {
  general.hidden = true;
  showAtField(file, "");
  showAtField(title, "");
}

/** @param {string} detail */
function showAbove(detail) {
  const line = document.createElement("p");
  line.textContent = detail;
  general.replaceChildren(line);
  general.hidden = false;
  general.focus();
}

/** @param {import("./problem.js").Problem} problem */
function showProblem(problem) {
  /** @type {HTMLInputElement | null} */
  let first = null;
  for (const [name, input] of /** @type {const} */ ([["file", file], ["title", title]])) {
    const detail = problem.errors.filter((error) => error.field === name).map((error) => error.detail).join(" ");
    showAtField(input, detail);
    if (detail) first ??= input;
  }
  if (first) first.focus();
  else showAbove(problem.detail);
}

/** @param {File} film */
function tooLarge(film) {
  return most && film.size > most ? text("tooLarge", { LIMIT: formatBytes(most) }) : "";
}

function films() {
  return [...(file.files ?? [])];
}

function chosen() {
  clearErrors();
  const [first, ...more] = films();
  if (!first) return;
  // Several are called by their files' names.
  title.disabled = titleField.hidden = more.length > 0;
  if (!title.value) title.value = titleOf(first.name);
  showAtField(file, films().map(tooLarge).find(Boolean) ?? "");
}

/** @param {unknown} error @returns {import("./problem.js").Problem} */
function problemOf(error) {
  if (!(error instanceof Refused)) return { detail: text("notBegun"), errors: [] };
  const found = readProblem(error.body);
  if (found) return found;
  return { detail: error.status === 413 ? text("tooLarge", { LIMIT: formatBytes(most) }) : text("refused", { STATUS: error.status }), errors: [] };
}

/** @param {File[]} all */
async function send(all) {
  const rows = all.map((film) => {
    const called = (all.length === 1 && title.value.trim()) || titleOf(film.name) || film.name;
    return { film, shown: new UploadRow(row, { film, title: called, text }) };
  });
  sending.replaceChildren(...rows.map(({ shown }) => shown.element));
  form.hidden = begun.hidden = true;
  sending.hidden = false;
  rows[0]?.shown.heading.focus();
  under = rows.length;
  /** @type {string[]} */
  const movies = [];
  /** @type {import("./problem.js").Problem[]} */
  const problems = [];
  // One after the other: together they would only share the same line.
  for (const { shown } of rows) {
    try {
      const movie = await shown.send();
      if (movie) {
        movies.push(movie);
        shown.end("");
      } else takeAway(shown, rows);
    } catch (error) {
      problems.push(problemOf(error));
      shown.end(problems.at(-1)?.detail ?? "");
    }
    under -= 1;
  }
  ended(all.length, movies, problems);
}

/** @param {UploadRow} gone @param {{ shown: UploadRow }[]} rows */
function takeAway(gone, rows) {
  gone.element.remove();
  // Its button had the focus, most likely.
  if (document.activeElement === document.body) rows.find(({ shown }) => shown.element.isConnected)?.shown.heading.focus();
}

/** @param {number} count @param {string[]} movies @param {import("./problem.js").Problem[]} problems */
function ended(count, movies, problems) {
  if (movies.length && !problems.length) {
    window.location.assign(count === 1 ? `/movies/${movies[0]}/` : "/movies/");
    return;
  }
  form.hidden = false;
  const [first] = problems;
  if (count === 1 || !first) sending.hidden = true;
  if (!first) file.focus();
  else if (count === 1) showProblem(first);
  else showAbove(text("someFailed", { FAILED: problems.length, ALL: count }));
  showBegun();
}

/** What was begun before and is not finished: chosen again, it goes on. */
async function showBegun() {
  const list = the(begun, "ul", HTMLElement);
  /** @type {import("./upload_line.js").Upload[]} */
  let before = [];
  try {
    before = await unfinished();
  } catch {
    // Only a hint; the upload itself tells what is wrong.
  }
  list.replaceChildren(
    ...before.map((upload) => {
      const item = document.createElement("li");
      item.className = "cluster";
      const words = document.createElement("span");
      words.textContent = text("begun", { NAME: upload.filename, PERCENT: Math.floor((upload.offset / upload.size) * 100) });
      const discard = document.createElement("button");
      discard.type = "button";
      discard.className = "button button-small";
      discard.textContent = text("discard");
      discard.setAttribute("aria-label", text("discardNamed", { NAME: upload.filename }));
      discard.addEventListener("click", async () => {
        try {
          await callOff(upload);
        } catch (error) {
          showAbove(problemOf(error).detail);
        }
        await showBegun();
        file.focus();
      });
      item.append(words, discard);
      return item;
    }),
  );
  begun.hidden = !before.length || form.hidden;
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  clearErrors();
  const all = films();
  if (!all.length || under) return;
  const large = all.map(tooLarge).find(Boolean);
  if (large) {
    showAtField(file, large);
    file.focus();
    return;
  }
  send(all);
});

file.multiple = true;
file.addEventListener("change", chosen);
window.addEventListener("beforeunload", (event) => {
  if (under) event.preventDefault();
});
showBegun();

drop.addEventListener("dragover", (event) => {
  event.preventDefault();
  drop.classList.add("over");
});
drop.addEventListener("dragleave", () => drop.classList.remove("over"));
drop.addEventListener("drop", (event) => {
  event.preventDefault();
  drop.classList.remove("over");
  if (!event.dataTransfer?.files.length) return;
  file.files = event.dataTransfer.files;
  chosen();
});
// Dropped beside the box, a film would replace the page.
for (const kind of ["dragover", "drop"]) window.addEventListener(kind, (event) => event.preventDefault());

for (const hint of drop.querySelectorAll(".drop-hint")) if (hint instanceof HTMLElement) hint.hidden = false;
