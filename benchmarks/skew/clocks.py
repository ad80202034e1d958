"""One clock for all pages: the measuring process', in ms since 1970, which all browsers of one machine share."""

import time

from playwright.async_api import Page

ASKED = 25
# Clocks of one machine that are told apart by less than this and the way's uncertainty are one.
ROUNDING_MS = 1.0


def common_ms() -> float:
    return time.time() * 1000


async def offset(page: Page) -> float:
    """What to add to the page's time to have the common one, ms. Of many answers the quickest counts.

    0 unless a difference is proven: a browser on this machine takes its time from the same clock, more exactly than the
    way to it can be measured.
    """
    best = (float("inf"), 0.0)
    for _ in range(ASKED):
        before = common_ms()
        there = float(await page.evaluate("() => window.skewProbe.now()"))
        after = common_ms()
        best = min(best, (after - before, (before + after) / 2 - there))
    took, apart = best
    return apart if abs(apart) > took / 2 + ROUNDING_MS else 0.0
