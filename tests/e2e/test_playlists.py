"""A film in parts (HLS): the room plays it as it plays a file."""

import asyncio

import pytest
from playwright.async_api import expect

from tests.browser import chromium, sound
from tests.clips import make_clip
from tests.e2e.pages import SET_RANGE, enter, shelve, until_ready
from tests.live import LiveServer
from tests.movies.elsewhere import Elsewhere
from tests.movies.hls import offered, parts
from tests.waiting import PATIENCE, eventually

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("browser")]

POSITION = "document.querySelector('video').currentTime"


async def test_one_that_lies_elsewhere(server: LiveServer, tmp_path):
    elsewhere = Elsewhere("127.0.0.2").start()
    offered(elsewhere, parts(tmp_path / "parts", seconds=20))
    alice = await asyncio.to_thread(server.person)
    code = alice.room()["code"]
    movie = alice.post("movies/", 201, title="In parts", url=elsewhere.url("/film.m3u8"))["id"]
    await until_ready(alice, movie)
    alice.post(f"rooms/{code}/queue/", 201, movie=movie)
    alice.post(f"rooms/{code}/commands/", 200, type="load", item=movie)
    async with chromium() as browser:
        host = await enter(browser, alice, code)
        page = host.page
        await page.get_by_role("button", name="Play", exact=True).click()
        await eventually(lambda: at_least(page, 1), PATIENCE, "it plays")
        await page.get_by_label("Seek").evaluate(SET_RANGE, 12)
        await eventually(lambda: at_least(page, 12.5), PATIENCE, "it plays on from where it was put")
        await page.get_by_role("button", name="Pause", exact=True).click()
        await expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
        state = await asyncio.to_thread(alice.get, f"rooms/{code}/state/")
        stands = state["timeline"]["position"]
        await eventually(lambda: close_to(page, stands), PATIENCE, "it stands where the room does")
        assert await page.evaluate("document.querySelector('video').duration") == pytest.approx(20, abs=0.5)
        assert host.complaints == []
        await page.goto(f"{server.url}/movies/{movie}/")
        loaded = "document.querySelector('video').readyState >= 1"
        await eventually(lambda: page.evaluate(loaded), PATIENCE, "its own page has it too")
        assert host.complaints == []
    elsewhere.stop()


async def test_one_of_ours_in_a_smaller_size_for_who_wants_it(server: LiveServer, tmp_path):
    alice = await asyncio.to_thread(server.person)
    movie = shelve(alice, make_clip(tmp_path / "film.mp4", seconds=9), "In two sizes")
    await until_ready(alice, movie)
    make = f"settings.HLS_RENDITIONS = [90]; renditions.make('{movie}')"
    lines = ("from django.conf import settings", "from movies import renditions", make)
    await asyncio.to_thread(server.manage, "shell", "-c", "; ".join(lines))
    code = alice.room()["code"]
    alice.post(f"rooms/{code}/queue/", 201, movie=movie)
    alice.post(f"rooms/{code}/commands/", 200, type="load", item=movie)
    async with chromium() as browser:
        host = await enter(browser, alice, code)
        page = host.page
        await eventually(lambda: shows(page, 180), PATIENCE, "the film's own file, as long as nobody chooses")
        await page.get_by_label("Quality").select_option("Auto")
        await eventually(lambda: shows(page, 90), PATIENCE, "the smaller one")
        assert await sound(page) == []
        await page.get_by_role("button", name="Play", exact=True).click()
        await eventually(lambda: at_least(page, 1), PATIENCE, "it plays")
        await page.get_by_label("Seek").evaluate(SET_RANGE, 6)
        await eventually(lambda: at_least(page, 6.2), PATIENCE, "it plays on from where it was put")
        assert host.complaints == []


async def shows(page, height):
    return await page.evaluate("document.querySelector('video').videoHeight") == height


async def at_least(page, seconds):
    return await page.evaluate(POSITION) >= seconds


async def close_to(page, seconds):
    return abs(await page.evaluate(POSITION) - seconds) < 0.1
