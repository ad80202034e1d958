"""The upload page with its scripts: what is shown on the way, and what when it goes wrong."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Route, expect

from tests.browser import Visitor, chromium
from tests.clips import make_clip
from tests.live import PASSWORD, LiveServer
from tests.pages.test_in_browser import register

CHUNK, SPARE = 256 * 1024, 400 * 1024
SECOND = f"bytes {CHUNK}-"
CHUNKS = re.compile(r"/api/v1/uploads/[0-9a-f-]{36}/$")

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
    go_on = asyncio.Event()

    async def hold(route: Route) -> None:
        await go_on.wait()
        await route.continue_()

    await page.route(CHUNKS, hold)
    await choose(page, clip)
    await expect(page.get_by_role("heading", name="Sending “clip”")).to_be_focused()
    await expect(page.get_by_role("progressbar", name="Sending “clip”")).to_be_visible()
    await expect(page.get_by_role("button", name="Upload")).to_be_hidden()
    go_on.set()
    await page.wait_for_url(re.compile(r"/movies/[0-9a-f-]{36}/"))
    assert visitor.complaints == []


async def test_cancelling_brings_the_form_back(visitor: Visitor, tmp_path: Path):
    page = visitor.page
    await page.route(CHUNKS, lambda route: None if route.request.method == "PUT" else route.continue_())
    await choose(page, make_clip(tmp_path / "clip.mp4", seconds=1))
    await page.get_by_role("button", name="Cancel").click()
    await expect(page.get_by_role("button", name="Upload")).to_be_visible()
    await expect(page.get_by_label("Title")).to_have_value("clip")
    await expect(page.get_by_role("heading", name="Not finished yet")).to_be_hidden()


def two_chunks(path: Path) -> Path:
    clip = make_clip(path, seconds=1)
    with clip.open("ab") as file:
        # A box that players pass over.
        file.write(SPARE.to_bytes(4) + b"free" + bytes(SPARE - 8))
    return clip


async def tell_small_chunks(route: Route) -> None:
    """In place of the server's own size: what is intercepted passes through this process."""
    answer = await route.fetch()
    made = await answer.json()
    if route.request.method == "POST":
        made["chunk_size"] = CHUNK
    await route.fulfill(response=answer, json=made)


async def test_after_a_pause_a_cut_and_a_reload_it_goes_on(visitor: Visitor, tmp_path: Path):
    page, clip = visitor.page, two_chunks(tmp_path / "clip.mp4")
    ranges: list[str] = []

    async def first_only(route: Route) -> None:
        wanted = route.request.headers.get("content-range", "")
        ranges.append(wanted)
        if wanted.startswith(SECOND):
            await route.abort("connectionreset")
        else:
            await route.continue_()

    await page.route("**/api/v1/uploads/", tell_small_chunks)
    await page.route(CHUNKS, first_only)
    await choose(page, clip)
    await expect(page.get_by_text("The connection broke. It goes on by itself").first).to_be_visible()
    await page.get_by_role("button", name="Pause").click()
    await expect(page.get_by_text("Paused").first).to_be_visible()
    page.on("dialog", lambda dialog: dialog.accept())
    await page.reload()
    await expect(page.get_by_role("heading", name="Not finished yet")).to_be_visible()
    await expect(page.get_by_text(re.compile("“clip.mp4”: 6[0-9] % sent"))).to_be_visible()
    await page.unroute_all()
    page.on("request", lambda request: ranges.append(request.headers.get("content-range", "")))
    ranges.clear()
    await choose(page, clip)
    await page.wait_for_url(re.compile(r"/movies/[0-9a-f-]{36}/"))
    assert not [sent for sent in ranges if sent.startswith("bytes 0-")]
    assert [sent for sent in ranges if sent.startswith(SECOND)]


async def test_signed_out_and_in_again_it_goes_on(visitor: Visitor, tmp_path: Path):
    page, sent = visitor.page, asyncio.Event()
    alice = await page.evaluate("fetch('/api/v1/users/me/').then((answer) => answer.json())")

    async def sign_out_after_the_first(route: Route) -> None:
        if route.request.headers.get("content-range", "").startswith(SECOND) and not sent.is_set():
            sent.set()
            await visitor.context.clear_cookies()
        await route.continue_()

    await page.route("**/api/v1/uploads/", tell_small_chunks)
    await page.route(CHUNKS, sign_out_after_the_first)
    await choose(page, two_chunks(tmp_path / "clip.mp4"))
    await expect(page.get_by_role("alert")).to_contain_text("You are signed out")
    async with page.expect_popup() as opened:
        await page.get_by_role("link", name="Sign in again").click()
    entrance = await opened.value
    await entrance.get_by_label("User name or e-mail").fill(alice["username"])
    await entrance.get_by_label("Password").fill(PASSWORD)
    await entrance.get_by_role("button", name="Sign in").click()
    await entrance.wait_for_url(re.compile(r"/$"))
    await page.get_by_role("button", name="Go on").click()
    await page.wait_for_url(re.compile(r"/movies/[0-9a-f-]{36}/"))


async def test_several_go_one_after_the_other(visitor: Visitor, tmp_path: Path):
    page = visitor.page
    clips = [make_clip(tmp_path / f"{name}.mp4", seconds=1) for name in ("one", "two")]
    rubbish = tmp_path / "three.mp4"
    rubbish.write_bytes(b"<html>" * 1000)
    await page.set_input_files("input[type=file]", [*clips, rubbish])
    await expect(page.get_by_label("Title")).to_be_hidden()
    await page.get_by_role("button", name="Upload").click()
    await expect(page.get_by_text("1 of 3 films were not taken")).to_be_visible()
    await expect(page.locator(".upload-failed:visible")).to_contain_text("This is not a movie file")
    await page.goto(page.url.replace("/new/", "/"))
    await expect(page.get_by_role("heading", name=re.compile("^(one|two)$"))).to_have_count(2)


async def test_what_is_no_film_is_said_at_the_field(visitor: Visitor, tmp_path: Path):
    rubbish = tmp_path / "film.mp4"
    rubbish.write_bytes(b"<html>" * 1000)
    await choose(visitor.page, rubbish)
    field = visitor.page.locator("#id_file")
    await expect(field).to_be_focused()
    await expect(field).to_have_accessible_description(re.compile("This is not a movie file"))


async def test_a_broken_connection_is_said(visitor: Visitor, tmp_path: Path):
    await visitor.page.route("**/api/v1/uploads/*", lambda route: route.abort("connectionreset"))
    await choose(visitor.page, make_clip(tmp_path / "clip.mp4", seconds=1))
    await expect(visitor.page.get_by_role("alert")).to_contain_text("The connection broke")


async def test_an_answer_that_is_no_problem_document_is_said(visitor: Visitor, tmp_path: Path):
    await visitor.page.route("**/api/v1/uploads/*", lambda route: route.fulfill(status=502, body="<h1>Bad</h1>"))
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
