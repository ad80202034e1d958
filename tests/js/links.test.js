// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { pieces } from "../../static/js/room/links.js";
import { dice } from "./world.js";

/** @param {string} line */
const links = (line) => pieces(line).filter(({ href }) => href !== null).map(({ href }) => href);

test("it works", () => {
  assert.deepEqual(pieces("see https://example.org/a now"), [
    { text: "see ", href: null }, { text: "https://example.org/a", href: "https://example.org/a" }, { text: " now", href: null },
  ]);
});

test("what ends the sentence isn't part of the link", () => {
  assert.deepEqual(links("(https://example.org/a), or https://example.org/b!"), ["https://example.org/a", "https://example.org/b"]);
  assert.deepEqual(links("https://example.org/film_(1982)."), ["https://example.org/film_(1982)"]);
});

for (const line of ["javascript:alert(1)", "data:text/html,x", "//example.org", "ftp://example.org/", "https://", "http:// x"]) {
  test(`${line} is no link`, () => assert.deepEqual(links(line), []));
}

test("markup stays text", () => {
  assert.deepEqual(links('<a href="https://example.org/">x</a>'), ["https://example.org/"]);
  assert.equal(pieces("<b>bold</b>")[0]?.text, "<b>bold</b>");
});

test("no character is lost or made up, whatever is said", () => {
  const random = dice(8);
  const alphabet = ["https://", "http://", "a.b", "/", " ", ")", "(", "<", ">", '"', ".", "é", "🍿", "%", "@", ":", "[", "]"];
  for (let i = 0; i < 2000; i++) {
    const line = Array.from({ length: Math.floor(random() * 12) }, () => alphabet[Math.floor(random() * alphabet.length)]).join("");
    assert.equal(pieces(line).map(({ text }) => text).join(""), line);
    for (const link of links(line)) assert.match(link ?? "", /^https?:\/\//);
  }
});
