"""A film that lies on another server, queued while people have the room open."""

import asyncio
import re

import pytest
from playwright.async_api import expect

from tests.browser import chromium, sound
from tests.clips import make_clip
from tests.e2e.pages import enter, until_ready
from tests.live import LiveServer
from tests.movies.elsewhere import Elsewhere
from tests.waiting import PATIENCE

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("browser")]


async def test_it_works(server: LiveServer, tmp_path):
    film = make_clip(tmp_path / "film.mp4", seconds=8)
    elsewhere = Elsewhere("127.0.0.2", files={"/film.mp4": film.read_bytes()}).start()
    alice = await asyncio.to_thread(server.person)
    code = alice.room()["code"]
    async with chromium() as browser:
        host = await enter(browser, alice, code)
        page = host.page
        movie = alice.post("movies/", 201, title="Theirs", url=elsewhere.url())["id"]
        alice.post(f"rooms/{code}/queue/", 201, movie=movie)
        await until_ready(alice, movie)
        await expect(page.get_by_text("It comes from 127.0.0.2")).to_be_visible()
        assert await sound(page) == []
        # What this page's policy doesn't name, it doesn't ask for.
        assert host.complaints == []
        await page.get_by_role("button", name="Load the page anew").click()
        await page.get_by_role("button", name="Click to join").click()
        await page.get_by_role("button", name="Play", exact=True).click()
        async with asyncio.timeout(PATIENCE):
            while await page.evaluate("document.querySelector('video').currentTime") < 1:
                await asyncio.sleep(0.1)
        assert await page.evaluate("document.querySelector('video').seekable.end(0)") == pytest.approx(8, abs=0.5)
        await expect(page.get_by_role("status").filter(has_text=re.compile("In sync"))).to_be_visible()
        assert host.complaints == []
    elsewhere.stop()
