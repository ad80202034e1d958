"""Films as people have them: whatever a camera, a converter or an old disk made of them, they play in the room."""

import asyncio
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

from tests.browser import chromium
from tests.e2e.pages import enter, shelve, until_ready
from tests.live import LiveServer
from tests.movies.clips import clip
from tests.waiting import PATIENCE, eventually

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("browser")]

FILES: dict[str, dict[str, Any]] = {
    "film.mkv": {"container": "matroska", "audio": "ac3", "layout": "5.1"},
    "camera.mov": {"container": "mov", "video": "mpeg4", "audio": "pcm_s16le"},
    "web.webm": {"container": "webm", "video": "libvpx", "audio": "libopus"},
    "phone.mp4": {"video": "libx265"},
    "old.avi": {"container": "avi", "video": "mpeg4", "audio": "mp3"},
}
# What Chromium's own counters say it has decoded, and where the picture is.
SEEN = """() => {
  const video = document.querySelector("video");
  return {
    source: video.currentSrc,
    error: video.error && video.error.message,
    position: video.currentTime,
    width: video.videoWidth,
    pictures: video.webkitDecodedFrameCount,
    sound: video.webkitAudioDecodedByteCount,
  };
}"""


@pytest.mark.timeout(300)
async def test_it_works(server: LiveServer, tmp_path: Path) -> None:
    alice = await asyncio.to_thread(server.person)
    movies = {name: shelve(alice, clip(tmp_path / name, seconds=2, **options), name) for name, options in FILES.items()}
    code = alice.room()["code"]
    for movie in movies.values():
        # One by one: each has its minute.
        await until_ready(alice, movie)
        alice.post(f"rooms/{code}/queue/", 201, movie=movie)
    async with chromium() as browser:
        host = await enter(browser, alice, code)
        for name, movie in movies.items():
            alice.post(f"rooms/{code}/commands/", 200, type="load", item=movie)
            alice.post(f"rooms/{code}/commands/", 200, type="play")
            await eventually(partial(plays, host.page, movie), PATIENCE, f"{name} plays, seen and heard")
        assert host.complaints == []


async def plays(page: Page, movie: str) -> bool:
    seen = await page.evaluate(SEEN)
    if movie not in seen["source"]:
        return False
    assert seen["error"] is None
    return bool(seen["position"] > 0.5 and seen["width"] == 320 and seen["pictures"] and seen["sound"])
