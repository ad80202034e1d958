// @ts-check
/**
 * The value of a cookie, "" for none. Read anew for each request, because signing in changes that of CSRF.
 * @param {string} name
 */
export function readCookie(name) {
  const found = document.cookie.split("; ").find((pair) => pair.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}
