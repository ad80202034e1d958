// @ts-check
// "Copy" beside a field. Over plain http to a LAN address there is no clipboard API: the old command does it there.

/** @param {HTMLInputElement} field @returns {Promise<boolean>} whether its text is in the clipboard now */
async function copy(field) {
  if (navigator.clipboard) {
    try {
      await navigator.clipboard.writeText(field.value);
      return true;
    } catch {
      // Refused by the browser or its user: the command below may still work.
    }
  }
  field.select();
  return document.execCommand("copy");
}

for (const button of document.querySelectorAll("button[data-copy]")) {
  if (!(button instanceof HTMLButtonElement)) continue;
  const field = document.getElementById(button.dataset.copy ?? "");
  if (!(field instanceof HTMLInputElement)) continue;
  const label = button.textContent;
  button.hidden = false;
  field.addEventListener("focus", () => field.select());
  button.addEventListener("click", async () => {
    if (!(await copy(field))) {
      field.focus();
      return;
    }
    button.textContent = button.dataset.copied ?? label;
    setTimeout(() => (button.textContent = label), 2000);
  });
}
