// @ts-check
// What an upload says to the server. By XMLHttpRequest, because fetch doesn't tell how much was sent.

import { readCookie } from "./cookie.js";
import { Refused } from "./resumable.js";

/**
 * @typedef {import("./resumable.js").Answer} Answer
 * @typedef {{ id: string, upload_url: string, movie: string, chunk_size: number, filename: string, title: string, size: number, offset: number }} Upload
 */

const API = "/api/v1/uploads/";
// A chunk on a slow line takes long; one that has not moved for so long is lost.
const SILENCE_MS = 60_000;

/** What our own server wants to see; a session of a bucket's takes none of it. */
export function ownHeaders() {
  return { "X-CSRFToken": readCookie("csrftoken"), Accept: "application/json" };
}

/**
 * @param {string} method
 * @param {string} url
 * @param {{ headers: Record<string, string>, body?: Blob | string, signal?: AbortSignal, sent?: (bytes: number) => void }} options
 * @returns {Promise<Answer>} rejected when the connection breaks, or is stopped
 */
function request(method, url, { headers, body, signal, sent }) {
  return new Promise((resolve, reject) => {
    const asked = new XMLHttpRequest();
    /** @type {ReturnType<typeof setTimeout>} */
    let silence;
    const heard = () => {
      clearTimeout(silence);
      silence = setTimeout(() => asked.abort(), SILENCE_MS);
    };
    const stop = () => asked.abort();
    const broken = () => reject(new Error("broken"));
    asked.open(method, url);
    for (const [name, value] of Object.entries(headers)) asked.setRequestHeader(name, value);
    asked.upload.addEventListener("progress", (event) => {
      heard();
      sent?.(event.loaded);
    });
    asked.addEventListener("load", () =>
      resolve({ status: asked.status, range: asked.getResponseHeader("Range"), body: asked.responseText }),
    );
    asked.addEventListener("error", broken);
    asked.addEventListener("abort", broken);
    asked.addEventListener("loadend", () => {
      clearTimeout(silence);
      signal?.removeEventListener("abort", stop);
    });
    signal?.addEventListener("abort", stop);
    heard();
    asked.send(body ?? null);
  });
}

/**
 * My uploads that are not finished.
 * @returns {Promise<Upload[]>} throws Refused
 */
export async function unfinished() {
  const answer = await request("GET", `${API}?page_size=100`, { headers: ownHeaders() });
  if (answer.status !== 200) throw new Refused(answer.status, answer.body);
  return JSON.parse(answer.body).results;
}

/**
 * The upload of that file: the one that was begun before, by name and size, or a new one.
 * @param {File} film @param {string} title
 * @returns {Promise<Upload>} throws Refused
 */
export async function uploadOf(film, title) {
  const before = (await unfinished()).find((one) => one.filename === film.name && one.size === film.size);
  if (before) return before;
  const body = JSON.stringify({ filename: film.name, size: film.size, content_type: film.type.slice(0, 200), title });
  const answer = await request("POST", API, { body, headers: { ...ownHeaders(), "Content-Type": "application/json" } });
  if (answer.status !== 201) throw new Refused(answer.status, answer.body);
  return JSON.parse(answer.body);
}

/** @param {Upload} upload */
export async function callOff(upload) {
  const answer = await request("DELETE", `${API}${upload.id}/`, { headers: ownHeaders() });
  if (answer.status !== 204 && answer.status !== 404) throw new Refused(answer.status, answer.body);
}

/**
 * @param {File} film
 * @param {{ url: string, headers: () => Record<string, string> }} there where the chunks go, and what that place wants
 *   to see with each
 * @param {{ signal: () => AbortSignal, sent: (bytes: number) => void }} options `signal` is of the present attempt: a
 *   pause ends it; `sent` is told how much of the film has left
 * @returns {import("./resumable.js").Line}
 */
export function lineOf(film, { url, headers }, { signal, sent }) {
  return {
    ask: () =>
      request("PUT", url, { signal: signal(), headers: { ...headers(), "Content-Range": `bytes */${film.size}` } }),
    put: (first, end) =>
      request("PUT", url, {
        signal: signal(),
        body: film.slice(first, end),
        headers: {
          ...headers(),
          "Content-Type": "application/octet-stream",
          "Content-Range": `bytes ${first}-${end - 1}/${film.size}`,
        },
        sent: (bytes) => sent(Math.min(first + bytes, end)),
      }),
  };
}

/**
 * Where an upload goes: to our server, or straight to a session of a bucket's, which wants to see nothing of ours.
 * @param {Upload} upload
 */
export function placeOf(upload) {
  const url = new URL(upload.upload_url, window.location.href);
  return url.origin === window.location.origin
    ? { url: url.href, headers: ownHeaders, ours: true }
    : { url: url.href, headers: () => ({}), ours: false };
}

/** @param {Upload} upload @returns {Promise<Answer>} 200 with the movie */
export function complete(upload) {
  const headers = { ...ownHeaders(), "Content-Type": "application/json" };
  return request("POST", `${API}${upload.id}/complete/`, { body: "{}", headers });
}
