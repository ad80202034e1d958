// @ts-check
import { readCookie } from "../pages/cookie.js";

/** So long an answer is waited for, in ms: a network may be gone without a word. */
const PATIENCE = 20_000;

/** What a refused request says, in words for people. */
export class Refused extends Error {
  /**
   * @param {number} status
   * @param {string} detail
   */
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

/** The REST interface, by the session's cookie. Paths are below /api/v1/. */
export class Api {
  #base;
  #csrfCookie;

  /**
   * @param {string} base
   * @param {string} csrfCookie
   */
  constructor(base, csrfCookie) {
    this.#base = base;
    this.#csrfCookie = csrfCookie;
  }

  /**
   * @param {string} path
   * @returns {Promise<any>}
   */
  get(path) {
    return this.#request("GET", path);
  }

  /**
   * All rows of a list, page after page.
   * @param {string} path
   * @returns {Promise<any[]>}
   */
  async list(path) {
    const rows = [];
    for (let next = path; next; ) {
      const page = await this.get(next);
      rows.push(...page.results);
      next = page.next ? this.#below(page.next) : "";
    }
    return rows;
  }

  /**
   * @param {string} path
   * @param {object} body
   * @returns {Promise<any>}
   */
  post(path, body) {
    return this.#request("POST", path, body);
  }

  /**
   * @param {string} path
   * @param {object} body
   * @returns {Promise<any>}
   */
  patch(path, body) {
    return this.#request("PATCH", path, body);
  }

  /**
   * @param {string} path
   * @returns {Promise<any>}
   */
  delete(path) {
    return this.#request("DELETE", path);
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {object} [body]
   */
  async #request(method, path, body) {
    /** @type {Record<string, string>} */
    const headers = { Accept: "application/json" };
    if (method !== "GET") headers["X-CSRFToken"] = readCookie(this.#csrfCookie);
    if (body) headers["Content-Type"] = "application/json";
    const answer = await fetch(this.#base + path, {
      method, headers, credentials: "same-origin", signal: AbortSignal.timeout(PATIENCE), ...(body ? { body: JSON.stringify(body) } : {}),
    });
    if (answer.ok) return answer.headers.get("Content-Type")?.includes("json") ? answer.json() : null;
    throw new Refused(answer.status, await reason(answer));
  }

  /**
   * The server's links are absolute; the base may be behind another name.
   * @param {string} link
   */
  #below(link) {
    const { pathname, search } = new URL(link, location.href);
    return pathname.slice(new URL(this.#base, location.href).pathname.length) + search;
  }
}

/** @param {Response} answer */
async function reason(answer) {
  try {
    const problem = await answer.json();
    return problem.errors?.[0]?.detail ?? problem.detail ?? problem.title ?? answer.statusText;
  } catch {
    return answer.statusText;
  }
}
