"""One clock for all pages: the measuring process', in ms. How far a page's own is from it is asked of the page."""

import time

from playwright.async_api import Page

ASKED = 25


def common_ms() -> float:
    return time.monotonic() * 1000


async def offset(page: Page) -> float:
    """What to add to the page's time to have the common one, ms. Of many answers the quickest counts."""
    best = (float("inf"), 0.0)
    for _ in range(ASKED):
        before = common_ms()
        there = float(await page.evaluate("() => window.skewProbe.now()"))
        after = common_ms()
        best = min(best, (after - before, (before + after) / 2 - there))
    return best[1]
