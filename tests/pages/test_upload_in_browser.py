"""The upload page with its scripts: what is shown on the way, and what when it goes wrong."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Route, expect

from tests.browser import Visitor, chromium
from tests.clips import make_clip
from tests.live import LiveServer
from tests.pages.test_in_browser import register

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("browser")]


@pytest.fixture
async def visitor(server: LiveServer) -> AsyncIterator[Visitor]:
    async with chromium() as browser:
        yield await on_the_page(browser, server)


async def on_the_page(browser: Browser, server: LiveServer) -> Visitor:
    alice = await Visitor.arrive(browser)
    await register(alice.page, server)
    await alice.page.goto(f"{server.url}/movies/new/")
    return alice


async def choose(page: Page, path: Path) -> None:
    await page.set_input_files("input[type=file]", path)
    await page.get_by_role("button", name="Upload").click()


async def test_it_works(visitor: Visitor, tmp_path: Path):
    page, clip = visitor.page, make_clip(tmp_path / "clip.mp4", seconds=2)
    held: list[Route] = []
    await page.route("**/api/v1/movies/", lambda route: held.append(route))
    await choose(page, clip)
    await expect(page.get_by_role("heading", name="Sending “clip”")).to_be_focused()
    await expect(page.get_by_role("progressbar", name="Sending “clip”")).to_be_visible()
    await expect(page.get_by_role("button", name="Upload")).to_be_hidden()
    await held[0].continue_()
    await page.wait_for_url(re.compile(r"/movies/[0-9a-f-]{36}/"))
    assert visitor.complaints == []


async def test_cancelling_brings_the_form_back(visitor: Visitor, tmp_path: Path):
    page = visitor.page
    await page.route("**/api/v1/movies/", lambda route: None)
    await choose(page, make_clip(tmp_path / "clip.mp4", seconds=1))
    await page.get_by_role("button", name="Cancel").click()
    await expect(page.get_by_role("button", name="Upload")).to_be_visible()
    await expect(page.get_by_label("Title")).to_have_value("clip")


async def test_what_is_no_film_is_said_at_the_field(visitor: Visitor, tmp_path: Path):
    rubbish = tmp_path / "film.mp4"
    rubbish.write_bytes(b"<html>" * 1000)
    await choose(visitor.page, rubbish)
    field = visitor.page.locator("#id_file")
    await expect(field).to_be_focused()
    await expect(field).to_have_accessible_description(re.compile("This is not a movie file"))


async def test_a_broken_connection_is_said(visitor: Visitor, tmp_path: Path):
    await visitor.page.route("**/api/v1/movies/", lambda route: route.abort("connectionreset"))
    await choose(visitor.page, make_clip(tmp_path / "clip.mp4", seconds=1))
    await expect(visitor.page.get_by_role("alert")).to_contain_text("The connection broke")


async def test_an_answer_that_is_no_problem_document_is_said(visitor: Visitor, tmp_path: Path):
    await visitor.page.route("**/api/v1/movies/", lambda route: route.fulfill(status=502, body="<h1>Bad gateway</h1>"))
    await choose(visitor.page, make_clip(tmp_path / "clip.mp4", seconds=1))
    await expect(visitor.page.get_by_role("alert")).to_contain_text("(502)")


async def test_a_film_is_dropped(visitor: Visitor):
    await visitor.page.evaluate(
        """() => {
          const files = new DataTransfer();
          files.items.add(new File([new Uint8Array(64)], "my.dropped_film.mkv"));
          const event = new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true });
          document.getElementById("drop").dispatchEvent(event);
        }"""
    )
    await expect(visitor.page.get_by_label("Title")).to_have_value("my dropped film")
