// @ts-check
import { byId } from "./dom.js";
import { say } from "./texts.js";
/** @typedef {import("./api.js").Api} Api */

/**
 * A link to hand on: copied, as a QR code, or by e-mail. One link is made per visit, when it is first asked for.
 * @param {{api: Api, code: string}} parts
 */
export function wireInvite({ api, code }) {
  const open = document.getElementById("invite-open");
  const dialog = byId("invite", HTMLDialogElement);
  const link = byId("invite-link", HTMLInputElement);
  const said = byId("invite-said", HTMLElement);
  const email = byId("invite-email", HTMLInputElement);
  let asked = false;

  /** @param {Error} error */
  const failed = (error) => {
    asked = false;
    said.textContent = say("failed", { why: error.message });
  };

  const ask = async () => {
    if (asked) return;
    asked = true;
    const { token, url } = await api.post(`rooms/${code}/invites/`, {});
    link.value = new URL(url, location.href).href;
    byId("invite-qr-image", HTMLImageElement).src = `/i/${token}/qr.svg`;
    byId("invite-qr", HTMLElement).hidden = false;
    link.select();
  };

  open?.addEventListener("click", () => {
    said.textContent = "";
    dialog.showModal();
    ask().catch(failed);
  });
  link.addEventListener("focus", () => link.select());
  byId("invite-copy", HTMLButtonElement).addEventListener("click", async () => {
    said.textContent = say((await copy(link)) ? "copied" : "copy_by_hand");
  });
  byId("invite-mail", HTMLFormElement).addEventListener("submit", (event) => {
    event.preventDefault();
    const address = email.value;
    api.post(`rooms/${code}/invites/`, { email: address }).then(() => {
      said.textContent = say("mailed", { email: address });
      email.value = "";
    }, failed);
  });
}

/**
 * On plain HTTP in a LAN there is no clipboard API; the old way still works there.
 * @param {HTMLInputElement} field
 */
async function copy(field) {
  if (navigator.clipboard) {
    try {
      await navigator.clipboard.writeText(field.value);
      return true;
    } catch {
      // Not allowed here: the old way asks nobody.
    }
  }
  field.focus();
  field.select();
  return document.execCommand("copy");
}
