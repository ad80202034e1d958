// @ts-check
// While a film of this page is being prepared: ask how it stands, show how far it is, and the page anew when it is done.

const FIRST_MS = 700;
const LONGEST_MS = 5000;
const PATIENCE_MS = 10_000;
const UNDER_WAY = ["processing", "uploading"];

const waiting = [...document.querySelectorAll("[data-movie]")].filter(
  (element) => element instanceof HTMLElement && UNDER_WAY.includes(element.dataset.status ?? ""),
);

/** @param {Element} element @returns {Promise<boolean>} whether its status is another one now */
async function changed(element) {
  const { movie, status } = /** @type {HTMLElement} */ (element).dataset;
  const answer = await fetch(`/api/v1/movies/${movie}/`, { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(PATIENCE_MS) });
  // Signed out or deleted meanwhile: the page itself says it best.
  if (answer.status === 401 || answer.status === 403 || answer.status === 404) return true;
  if (!answer.ok) return false;
  const now = await answer.json();
  if (typeof now.progress === "number") show(element, now.progress);
  return now.status !== status;
}

/** @param {Element} element @param {number} progress from 0 to 1 */
function show(element, progress) {
  const bar = element.querySelector("[data-progress]");
  if (bar instanceof HTMLProgressElement) {
    bar.value = progress;
    bar.hidden = false;
  }
  const percent = element.querySelector("[data-percent]");
  if (percent) percent.textContent = progress.toLocaleString(document.documentElement.lang, { style: "percent" });
}

/** @param {number} wait ms */
function askIn(wait) {
  setTimeout(async () => {
    try {
      if ((await Promise.all(waiting.map(changed))).some(Boolean)) {
        window.location.reload();
        return;
      }
    } catch {
      // Offline for a moment: the next time tells.
    }
    askIn(Math.min(wait * 1.3, LONGEST_MS));
  }, wait);
}

if (waiting.length) askIn(FIRST_MS);
