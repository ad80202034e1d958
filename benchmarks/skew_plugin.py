"""Plug-in for a skew meter: how two or more people come into a room of ours, and what they press.

The meter gives ``join(page, url, i)`` an invite's URL (``/i/TOKEN/``); each page comes in by it as a guest with a name
of its own. ``act(page, kind, arg)`` presses what a user would: ``play``, ``pause``, or ``seek`` to a second.
"""

from typing import Literal

from playwright.async_api import Page

ENTRY_MS = 60_000

# The clock has been probed, the picture stands or runs where the room is, and nothing is being corrected.
SETTLED = """() => {
  const { clock, player, timeline } = window.watchparty ?? {};
  if (!clock?.ready || clock.count < 12 || player.readyState < 3) return false;
  return timeline.state === "playing" ? player.mode === "running" && player.drift !== null : player.mode === "parked";
}"""

# What dragging the slider to a place does.
SET_SLIDER = """(slider, seconds) => {
  slider.value = String(seconds);
  slider.dispatchEvent(new Event("input", { bubbles: true }));
  slider.dispatchEvent(new Event("change", { bubbles: true }));
}"""


async def join(page: Page, url: str, i: int) -> None:
    await page.goto(url)
    await page.fill("[name=display_name]", f"Guest {i + 1}")
    await page.get_by_role("button", name="Join as a guest").click()
    await page.get_by_role("button", name="Click to join").click(timeout=ENTRY_MS)
    await page.wait_for_function(SETTLED, timeout=ENTRY_MS)


async def act(page: Page, kind: Literal["play", "pause", "seek"], arg: float | None = None) -> None:
    if kind == "seek":
        await page.get_by_role("slider", name="Seek").evaluate(SET_SLIDER, arg)
    else:
        await page.get_by_role("button", name=kind.title(), exact=True).click()
