"""How people get into a room in a browser, and where things are on the page."""

import asyncio
from pathlib import Path

from playwright.async_api import Browser, Locator, Page, expect

from tests.browser import Visitor
from tests.live import PASSWORD, Person

# Moves a slider as a hand would.
SET_RANGE = """(slider, seconds) => {
  slider.value = String(seconds);
  slider.dispatchEvent(new Event("input", {bubbles: true}));
  slider.dispatchEvent(new Event("change", {bubbles: true}));
}"""


def shelve(host: Person, clip: Path, title: str) -> str:
    """The id of a movie of the host's; it is being prepared."""
    with clip.open("rb") as file:
        answer = host.http.post("movies/", data={"title": title}, files={"file": (clip.name, file, "video/mp4")})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def until_ready(host: Person, *movies: str) -> None:
    async with asyncio.timeout(60):
        while {(await asyncio.to_thread(host.get, f"movies/{one}/"))["status"] for one in movies} != {"ready"}:
            await asyncio.sleep(0.2)


async def enter(browser: Browser, person: Person, code: str, *, url: str = "", width: int = 1280) -> Visitor:
    """Signed in and in the room. ``url``: by another way to the server than its own."""
    visitor = await Visitor.arrive(browser, viewport={"width": width, "height": 800})
    page = visitor.page
    await page.goto(f"{url or person.server.url}/accounts/login/?next=/rooms/{code}/")
    await page.fill("[name=username]", person.user["username"])
    await page.fill("[name=password]", PASSWORD)
    await page.locator("main form button[type=submit]").click()
    await page.get_by_role("button", name="Click to join").click()
    await expect(page.get_by_role("status").filter(has_text="In sync").or_(connected(page))).to_be_visible()
    return visitor


def connected(page: Page) -> Locator:
    """The status line of a room without a movie."""
    return page.get_by_role("status").filter(has_text="Connected")


def row_of(page: Page, name: str) -> Locator:
    return page.get_by_role("list", name="Participants").get_by_role("listitem").filter(has_text=name)
