"""The upload page where films lie in a bucket: the chunks go straight there, and the film plays from there."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.async_api import expect

from scripts.native import Gcs
from tests.browser import chromium
from tests.clips import make_clip
from tests.live import LiveServer
from tests.pages.test_upload_in_browser import choose, on_the_page
from tests.waiting import eventually

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("browser")]


async def test_a_film_goes_straight_to_the_bucket(
    new_server: Callable[..., LiveServer], gcs_service: Gcs, tmp_path: Path
):
    server, clip = new_server(**gcs_service.settings()), make_clip(tmp_path / "clip.mp4", seconds=1)
    with clip.open("ab") as file:
        # A box that players pass over: two chunks in all.
        file.write((9 * 2**20).to_bytes(4) + b"free" + bytes(9 * 2**20 - 8))
    sent: list[tuple[str, str]] = []
    async with chromium() as browser:
        visitor = await on_the_page(browser, server)
        page = visitor.page
        page.on("request", lambda request: sent.append((request.url, request.headers.get("content-range", ""))))
        await choose(page, clip)
        await page.wait_for_url(re.compile(r"/movies/[0-9a-f-]{36}/"))
        chunks = [asked for url, asked in sent if url.startswith(gcs_service.url) and asked]
        assert [asked.split("/")[0] for asked in chunks[:2]] == ["bytes *", "bytes 0-8388607"]
        await expect(page.locator("video")).to_be_visible()
        await eventually(lambda: page.evaluate("document.querySelector('video').readyState >= 2"))
        assert visitor.complaints == []
