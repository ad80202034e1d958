"""The main job: two people in two browsers watch an uploaded film together."""

import asyncio
import re
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.async_api import Page, expect

from tests.browser import Visitor, chromium, sound
from tests.clips import make_clip
from tests.e2e.pages import SET_RANGE
from tests.live import PASSWORD, LiveServer
from tests.waiting import PATIENCE, eventually

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("browser")]

IN_SYNC = re.compile(r"In sync")
# Two pages on one noisy machine: what a person would call "the same picture". The exact figures are in benchmarks/.
TOGETHER_SECONDS = 0.25


async def position(page: Page) -> float:
    return float(await page.evaluate("document.querySelector('video').currentTime"))


async def paused(page: Page) -> bool:
    return bool(await page.evaluate("document.querySelector('video').paused"))


async def together(*pages: Page) -> bool:
    """Whether all pages are at the same place, read as close to each other in time as a test can."""
    places = await asyncio.gather(*(position(page) for page in pages))
    return max(places) - min(places) < TOGETHER_SECONDS


@pytest.mark.timeout(240)
async def test_it_works(server: LiveServer, tmp_path: Path):
    clip = make_clip(tmp_path / "holiday.mp4", seconds=40)
    async with chromium() as browser:
        alice = await Visitor.arrive(browser)
        bob = await Visitor.arrive(browser)
        room_url, invite_url = await host_a_room(alice.page, server, clip)
        await join_as_guest(bob.page, invite_url)
        await watch(alice.page, bob.page)
        await look_ahead(alice.page)
        await chat(alice.page, bob.page)
        await reload_falls_back_into_sync(alice.page, bob.page)
        assert bob.page.url.split("?")[0] == room_url
        assert alice.complaints == []
        assert bob.complaints == []


async def host_a_room(page: Page, server: LiveServer, clip: Path) -> tuple[str, str]:
    """Register, upload, make a room with the movie; the room's and an invite's URL."""
    name = f"alice-{uuid4().hex[:6]}"
    await page.goto(f"{server.url}/accounts/register/")
    await page.fill("[name=username]", name)
    await page.fill("[name=email]", f"{name}@example.org")
    for field in await page.locator("input[type=password]").all():
        await field.fill(PASSWORD)
    await page.locator("main form button[type=submit]").click()
    await page.wait_for_url(re.compile(r"^(?!.*register)"))

    await page.goto(f"{server.url}/movies/new/")
    await page.set_input_files("input[type=file]", clip)
    await page.locator("main form button[type=submit]").click()
    await expect(page.get_by_text("Ready").first).to_be_visible(timeout=60_000)

    await page.goto(f"{server.url}/rooms/new/")
    await page.fill("[name=name]", "Holiday films")
    await page.select_option("select[name=movie]", index=1)
    await page.locator("main form button[type=submit]").click()
    await page.wait_for_url(re.compile(r"/rooms/(?!new)[^/]+/$"))
    room_url = page.url
    await page.get_by_role("button", name="Click to join").click()
    await expect(page.get_by_role("status").filter(has_text=IN_SYNC)).to_be_visible()
    await page.get_by_role("button", name="Invite").first.click()
    link = page.get_by_role("textbox", name="Invite link")
    await expect(link).to_have_value(re.compile(r"/i/[^/]+/$"))
    invite_url = await link.input_value()
    await page.keyboard.press("Escape")
    return room_url, invite_url


async def join_as_guest(page: Page, invite_url: str) -> None:
    await page.goto(invite_url)
    await expect(page.get_by_text("Holiday films").first).to_be_visible()
    await page.fill("[name=display_name]", "Bob")
    await page.get_by_role("button", name="Join as a guest").click()
    await page.wait_for_url(re.compile(r"/rooms/[^/]+/"))
    await page.get_by_role("button", name="Click to join").click()
    await expect(page.get_by_role("status").filter(has_text=IN_SYNC)).to_be_visible()
    await expect(page.get_by_role("list", name="Participants").get_by_text("Alice", exact=False).first).to_be_visible()


async def watch(alice: Page, bob: Page) -> None:
    """Play, seek and pause, each by the one and by the other."""
    await alice.get_by_role("button", name="Play", exact=True).click()
    await eventually(lambda: moving(alice, bob), what="both play")
    await eventually(lambda: together(alice, bob), what="both are at the same place")

    await bob.get_by_role("slider", name="Seek").evaluate(SET_RANGE, 20)
    await eventually(lambda: beyond(20, alice, bob), what="both are at the new place")
    await eventually(lambda: together(alice, bob), what="both go on together")

    await bob.get_by_role("button", name="Pause", exact=True).click()
    await eventually(lambda: both_paused(alice, bob), what="both stop")
    await eventually(lambda: together(alice, bob), what="both stopped at the same place")

    await bob.keyboard.press("k")
    await eventually(lambda: moving(alice, bob), what="both play again")
    await alice.get_by_role("slider", name="Seek").evaluate(SET_RANGE, 5)
    await eventually(lambda: together(alice, bob), what="both go on together")
    await alice.get_by_role("button", name="Pause", exact=True).click()
    await eventually(lambda: both_paused(alice, bob), what="both stop again")


async def look_ahead(page: Page) -> None:
    """The seek bar shows the film where the pointer is, or the knob to who uses the keyboard; words it has already."""
    made = "async () => (await (await fetch(`/api/v1/movies/${watchparty.timeline.item}/`)).json()).previews"
    await eventually(lambda: page.evaluate(made), PATIENCE, "the previews are made")
    seek, box, picture = (page.locator(name) for name in ("#seek", "#seek-preview", "#seek-preview-picture"))
    await seek.hover()
    await expect(picture).to_be_visible()
    await expect(box).to_have_text(re.compile("^0:(19|20)$"))
    # A key frame every two seconds: the last one before 20 s is the tenth or the eleventh, of ten in a row.
    assert await picture.evaluate("one => one.style.backgroundPosition") in ("-1440px 0px", "0px -90px")
    assert await sound(page) == []
    await page.get_by_role("button", name="Statistics").hover()
    await expect(box).to_be_hidden()
    await page.keyboard.press("Tab")
    await seek.focus()
    await expect(picture).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(box).to_be_hidden()
    await seek.blur()


async def moving(*pages: Page) -> bool:
    before = [await position(page) for page in pages]
    await asyncio.sleep(0.3)
    return all(b > a for a, b in zip(before, [await position(page) for page in pages], strict=True))


async def both_paused(*pages: Page) -> bool:
    return all([await paused(page) for page in pages])


async def beyond(seconds: float, *pages: Page) -> bool:
    return all([seconds <= await position(page) < seconds + 10 for page in pages])


async def chat(alice: Page, bob: Page) -> None:
    await alice.get_by_role("textbox", name="Message").fill("Who brought <b>popcorn</b>?")
    await alice.keyboard.press("Enter")
    await expect(bob.get_by_role("list", name="Chat").get_by_text("Who brought <b>popcorn</b>?")).to_be_visible()
    await bob.get_by_role("textbox", name="Message").fill("Me!")
    await bob.keyboard.press("Enter")
    await expect(alice.get_by_role("list", name="Chat").get_by_text("Me!")).to_be_visible()


async def reload_falls_back_into_sync(alice: Page, bob: Page) -> None:
    await alice.get_by_role("button", name="Play", exact=True).click()
    await eventually(lambda: moving(alice, bob), what="both play")
    await bob.reload()
    await bob.get_by_role("button", name="Click to join").click()
    await expect(bob.get_by_role("list", name="Chat").get_by_text("Me!")).to_be_visible()
    await eventually(lambda: moving(alice, bob), what="the reloaded page plays")
    await eventually(lambda: together(alice, bob), what="the reloaded page is back in sync")
    assert not await paused(alice)
