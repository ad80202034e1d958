// @ts-check
// What the API says when it refuses: application/problem+json.

/**
 * @typedef {{ field: string | null, code: string, detail: string }} FieldError
 * @typedef {{ detail: string, errors: FieldError[] }} Problem
 */

/**
 * @param {string} body of an answer that is no success
 * @returns {Problem | null} null when it is no problem document, but perhaps a proxy's page
 */
export function readProblem(body) {
  try {
    const found = JSON.parse(body);
    if (typeof found?.detail !== "string") return null;
    return { detail: found.detail, errors: Array.isArray(found.errors) ? found.errors : [] };
  } catch {
    return null;
  }
}
