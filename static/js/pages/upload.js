// @ts-check
// The upload page: the file goes to the API by XMLHttpRequest, because fetch doesn't tell how much was sent.

import { createSpeedometer, formatBytes, roughTime, titleOf } from "./figures.js";
import { readProblem } from "./problem.js";

/** @template {Element} T @param {string} selector @param {new () => T} kind @returns {T} */
function the(selector, kind) {
  const found = document.querySelector(selector);
  if (!(found instanceof kind)) throw new Error(`${selector} is not on this page`);
  return found;
}

const form = the("#upload", HTMLFormElement);
const drop = the("#drop", HTMLElement);
const file = the("#id_file", HTMLInputElement);
const title = the("#id_title", HTMLInputElement);
const general = the("#upload-error", HTMLElement);
const sending = the("#sending", HTMLElement);
const heading = the("#sending-title", HTMLElement);
const bar = the("#sending-bar", HTMLProgressElement);
const amount = the("#sending-amount", HTMLElement);
const speed = the("#sending-speed", HTMLElement);
const said = the("#sending-said", HTMLElement);
const cancel = the("#sending-cancel", HTMLButtonElement);
const texts = the("#upload-texts", HTMLElement).dataset;
const most = Number(form.dataset.most);

/** @type {XMLHttpRequest | null} */
let request = null;

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

/** @param {boolean} under whether a file is on its way */
function showSending(under) {
  form.hidden = under;
  sending.hidden = !under;
}

function chosen() {
  clearErrors();
  const film = file.files?.[0];
  if (!film) return;
  if (!title.value) title.value = titleOf(film.name);
  if (most && film.size > most) showAtField(file, text("tooLarge", { LIMIT: formatBytes(most) }));
}

/** @param {XMLHttpRequest} asked @param {number} total */
function followProgress(asked, total) {
  const speedometer = createSpeedometer();
  let told = 0;
  asked.upload.addEventListener("progress", (event) => {
    const sent = Math.min(event.loaded, total);
    const perSecond = speedometer.note(performance.now(), sent);
    const percent = total ? (sent / total) * 100 : 100;
    bar.value = percent;
    amount.textContent = text("amount", { SENT: formatBytes(sent), TOTAL: formatBytes(total) });
    if (perSecond > 0) {
      const [figure, unit] = roughTime((total - sent) / perSecond);
      speed.textContent = text("left", { SPEED: formatBytes(perSecond), TIME: text(unit, { N: figure }) });
    }
    // Every tenth is enough to hear.
    if (percent >= told + 10) {
      told = Math.floor(percent / 10) * 10;
      said.textContent = text("percent", { PERCENT: told });
    }
  });
  asked.upload.addEventListener("load", () => {
    bar.removeAttribute("value");
    speed.textContent = "";
    amount.textContent = said.textContent = text("allSent");
  });
}

/** @param {File} film */
function send(film) {
  const body = new FormData();
  body.set("title", title.value.trim() || titleOf(film.name));
  body.set("file", film);
  request = new XMLHttpRequest();
  request.open("POST", form.dataset.api ?? "");
  request.setRequestHeader("X-CSRFToken", the("[name=csrfmiddlewaretoken]", HTMLInputElement).value);
  request.setRequestHeader("Accept", "application/json");
  request.addEventListener("load", finished);
  request.addEventListener("error", () => stopped(() => showAbove(text("offline"))));
  request.addEventListener("abort", () => stopped(() => file.focus()));
  heading.textContent = text("sending", { TITLE: String(body.get("title")) });
  bar.value = 0;
  amount.textContent = speed.textContent = said.textContent = "";
  followProgress(request, film.size);
  showSending(true);
  heading.focus();
  request.send(body);
}

/** @param {() => void} tell */
function stopped(tell) {
  request = null;
  showSending(false);
  tell();
}

function finished() {
  const answer = /** @type {XMLHttpRequest} */ (request);
  if (answer.status === 201) {
    request = null;
    window.location.assign(`/movies/${JSON.parse(answer.responseText).id}/`);
    return;
  }
  const problem = readProblem(answer.responseText);
  stopped(() => {
    if (problem) showProblem(problem);
    else if (answer.status === 413) showProblem({ detail: "", errors: [{ field: "file", code: "", detail: text("tooLarge", { LIMIT: formatBytes(most) }) }] });
    else showAbove(text("noAnswer", { STATUS: answer.status }));
  });
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  clearErrors();
  const film = file.files?.[0];
  if (!film || request) return;
  if (most && film.size > most) {
    showAtField(file, text("tooLarge", { LIMIT: formatBytes(most) }));
    file.focus();
    return;
  }
  send(film);
});

file.addEventListener("change", chosen);
cancel.addEventListener("click", () => request?.abort());
window.addEventListener("beforeunload", (event) => {
  if (request) event.preventDefault();
});

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
