"""A page that loses its network, and a server that restarts: the picture goes on, all come back as who they were."""

import asyncio

import pytest
from playwright.async_api import Page, expect

from tests.browser import Visitor, chromium
from tests.clips import make_clip
from tests.e2e.pages import SET_RANGE, enter, row_of, shelve, until_ready
from tests.live import LiveServer, Person, receive
from tests.waiting import PATIENCE
from tests.way import Way

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("browser")]

POSITION = "document.querySelector('video').currentTime"


async def participants(watcher: Person, code: str) -> dict[str, str]:
    """Ids by name, without the one who asks."""
    async with watcher.connect(code) as socket:
        welcome = await receive(socket, "welcome")
    here = [one for one in welcome["participants"] if one["user"] != watcher.id]
    assert len({one["name"] for one in here}) == len(here), "somebody is there twice"
    return {one["name"]: one["id"] for one in here}


async def the_picture_goes_on(page: Page) -> None:
    before = await page.evaluate(POSITION)
    async with asyncio.timeout(PATIENCE):
        while await page.evaluate(POSITION) < before + 0.5:
            await asyncio.sleep(0.1)


def of_ours(visitor: Visitor) -> list[str]:
    """Without what the browser itself says of a network that is gone."""
    return [one for one in visitor.complaints if "WebSocket connection to" not in one and "net::ERR_" not in one]


@pytest.mark.timeout(180)
async def test_it_works(server: LiveServer, tmp_path):
    alice, bob, cleo = [await asyncio.to_thread(server.person, name) for name in ("alice", "bob", "cleo")]
    movie = shelve(alice, make_clip(tmp_path / "long.mp4", seconds=45), "Long")
    code = alice.room()["code"]
    await until_ready(alice, movie)
    alice.post(f"rooms/{code}/queue/", 201, movie=movie)
    for person in (bob, cleo):
        person.post(f"rooms/{code}/join/")
    bob.post(f"rooms/{code}/messages/", 201, text="a secret")
    async with Way(server.port).kept() as way, chromium() as browser:
        host = await enter(browser, alice, code)
        guest = await enter(browser, bob, code, url=f"http://127.0.0.1:{way.port}")
        await host.page.get_by_role("button", name="Play", exact=True).click()
        await the_picture_goes_on(guest.page)
        before = await participants(cleo, code)
        await a_lost_network_comes_back(host.page, guest.page, way)
        assert await participants(cleo, code) == before
        await host.page.get_by_role("slider", name="Seek").evaluate(SET_RANGE, 0)
        await the_picture_goes_on(guest.page)
        await a_restart_of_the_server(server, host.page, guest.page)
        assert await participants(cleo, code) == before
        assert [of_ours(host), of_ours(guest)] == [[], []]


async def a_lost_network_comes_back(host: Page, guest: Page, way: Way) -> None:
    lines = guest.get_by_role("list", name="Chat")
    await expect(lines.get_by_text("a secret")).to_be_visible()
    way.clear()  # closes what is open
    way.block()
    line = host.get_by_role("list", name="Chat").get_by_role("listitem").filter(has_text="a secret")
    await line.hover()
    await line.get_by_role("button", name="Delete this line").click()
    await host.get_by_role("textbox", name="Message").fill("meanwhile")
    await host.keyboard.press("Enter")
    await expect(guest.get_by_role("status").filter(has_text="Reconnecting…")).to_be_visible()
    await the_picture_goes_on(guest)
    await expect(row_of(host, "Bob").get_by_text("offline")).to_be_visible()
    await expect(lines.get_by_text("a secret")).to_be_visible()
    way.clear()
    await expect(guest.get_by_role("status").filter(has_text="In sync")).to_be_visible()
    await expect(lines.get_by_text("meanwhile")).to_have_count(1)
    await expect(lines.get_by_text("a secret")).to_have_count(0)
    await expect(row_of(host, "Bob").get_by_text("offline")).to_have_count(0)


async def a_restart_of_the_server(server: LiveServer, host: Page, guest: Page) -> None:
    await asyncio.to_thread(server.stop, "web")
    await expect(guest.get_by_role("status").filter(has_text="Reconnecting…")).to_be_visible()
    await asyncio.gather(*(the_picture_goes_on(page) for page in (host, guest)))
    await asyncio.to_thread(server.start_web)
    for page in (host, guest):
        await expect(page.get_by_role("status").filter(has_text="In sync")).to_be_visible()
        await the_picture_goes_on(page)
