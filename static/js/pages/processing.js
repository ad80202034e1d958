// @ts-check
// While a film of this page is being prepared: ask how it stands, and show the page anew when that has changed.

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
  return answer.ok && (await answer.json()).status !== status;
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
