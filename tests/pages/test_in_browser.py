"""Every page in a real Chromium: no complaint in the console, nothing the policy forbids, nothing axe-core finds."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.async_api import Browser, Page, ViewportSize, expect

from tests.browser import Visitor, chromium, sound
from tests.clips import make_clip
from tests.live import PASSWORD, LiveServer

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("browser"), pytest.mark.timeout(300)]

DESK, PHONE = ViewportSize(width=1280, height=800), ViewportSize(width=360, height=740)
FOR_ALL = [
    "/",
    "/accounts/login/",
    "/accounts/register/",
    "/accounts/reset/",
    "/accounts/reset/a/b/",
    "/accounts/verify/a/b/",
]
SIGNED_IN = ["/", "/rooms/new/", "/movies/", "/movies/new/", "/movies/elsewhere/", "/accounts/profile/"]


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as started:
        yield started


async def register(page: Page, server: LiveServer, name: str = "alice") -> str:
    username = f"{name}-{uuid4().hex[:6]}"
    await page.goto(f"{server.url}/accounts/register/")
    await page.get_by_label("User name").fill(username)
    await page.get_by_label("E-mail").fill(f"{username}@example.org")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_label("Display name").fill(name.title())
    await page.get_by_role("button", name="Register").click()
    await page.wait_for_url(f"{server.url}/")
    return username


async def upload(page: Page, server: LiveServer, clip: Path) -> str:
    await page.goto(f"{server.url}/movies/new/")
    await page.set_input_files("input[type=file]", clip)
    await expect(page.get_by_label("Title")).to_have_value("summer film")
    await page.get_by_role("button", name="Upload").click()
    await page.wait_for_url(re.compile(r"/movies/[0-9a-f-]{36}/"))
    await expect(page.locator("[data-status=ready] video")).to_be_visible(timeout=60_000)
    return page.url.removeprefix(server.url)


async def make_room(page: Page, server: LiveServer) -> str:
    await page.goto(f"{server.url}/rooms/new/")
    await page.get_by_label("Name of the room").fill("Movie night")
    await page.get_by_label("Unlisted").check()
    await page.get_by_label("First film").select_option(label="summer film")
    await page.get_by_role("button", name="Create the room").click()
    await page.wait_for_url(re.compile(r"/rooms/(?!new)[^/]+/$"))
    return page.url.removeprefix(server.url)


async def make_invite(page: Page, server: LiveServer, room: str) -> str:
    await page.goto(f"{server.url}{room}settings/")
    await page.get_by_role("button", name="Make an invite").click()
    link = await page.get_by_label("Hand on this link now").input_value()
    await expect(page.get_by_alt_text("QR code of the link")).to_be_visible()
    # Visible is the box; the picture in it may still be on its way.
    await page.wait_for_function("document.querySelector('.qr').naturalWidth > 0")
    return link.removeprefix(server.url)


async def verify_an_entry(page: Page, server: LiveServer, room: str) -> list[str]:
    """By the keyboard, from the settings page."""
    await page.goto(f"{server.url}{room}settings/")
    await page.get_by_role("link", name="What happened here").press("Enter")
    await page.get_by_role("link", name="Verify room created").press("Enter")
    await expect(
        page.get_by_text("Verified", exact=True).or_(page.get_by_text("Not in the ledger yet"))
    ).to_be_visible()
    return await sound(page)


@pytest.mark.parametrize("theme", ["dark", "light"])
async def test_it_works(server: LiveServer, browser: Browser, tmp_path: Path, theme: str):
    alice = await Visitor.arrive(browser, viewport=DESK, color_scheme=theme)
    username = await register(alice.page, server)
    findings = await walk(alice.page, server, SIGNED_IN)
    film = await upload(alice.page, server, make_clip(tmp_path / "summer_film.mp4", seconds=2))
    room = await make_room(alice.page, server)
    invite = await make_invite(alice.page, server, room)
    findings += await sound(alice.page)

    bob = await Visitor.arrive(browser, viewport=PHONE, color_scheme=theme)
    findings += await walk(bob.page, server, [*FOR_ALL, invite])
    await bob.page.get_by_label("What shall we call you?").fill("Bob")
    await bob.page.get_by_role("button", name="Join as a guest").click()
    await bob.page.wait_for_url(f"{server.url}{room}")
    charlie = await Visitor.arrive(browser, viewport=PHONE, color_scheme=theme)
    await register(charlie.page, server, "charlie")
    findings += await walk(charlie.page, server, [room, invite, *SIGNED_IN])

    findings += await walk(alice.page, server, ["/", "/movies/", film, f"{room}settings/"])
    await alice.page.set_viewport_size(PHONE)
    findings += await walk(alice.page, server, ["/", "/movies/", film, f"{room}settings/", "/accounts/profile/"])
    findings += await verify_an_entry(alice.page, server, room)
    await sign_out_and_in(alice.page, server, username)
    assert findings == []
    assert alice.complaints + bob.complaints + charlie.complaints == []


async def walk(page: Page, server: LiveServer, paths: list[str]) -> list[str]:
    findings: list[str] = []
    for path in paths:
        await page.goto(f"{server.url}{path}")
        findings += await sound(page)
    return findings


async def sign_out_and_in(page: Page, server: LiveServer, username: str) -> None:
    await page.goto(f"{server.url}/accounts/profile/")
    await page.get_by_role("button", name="Sign out", exact=True).first.click()
    await page.goto(f"{server.url}/movies/")
    await page.get_by_label("User name or e-mail").fill(username)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_url(f"{server.url}/movies/")


async def test_the_theme_is_kept_and_comes_without_a_flash(server: LiveServer, browser: Browser):
    visitor = await Visitor.arrive(browser, color_scheme="light")
    await visitor.page.goto(server.url)
    toggle = visitor.page.get_by_role("button", name="Dark theme")
    await expect(toggle).to_have_attribute("aria-pressed", "false")
    await toggle.click()
    await expect(toggle).to_have_attribute("aria-pressed", "true")
    answer = await visitor.page.goto(f"{server.url}/accounts/login/")
    assert answer
    assert 'data-theme="dark"' in await answer.text()
    assert await visitor.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(18, 13, 21)"
    assert visitor.complaints == []


async def test_the_first_error_has_the_focus(server: LiveServer, browser: Browser):
    visitor = await Visitor.arrive(browser)
    await visitor.page.goto(f"{server.url}/accounts/register/")
    for label, text in {"User name": "no spaces", "E-mail": "a@example.org", "Password": PASSWORD}.items():
        await visitor.page.get_by_label(label).fill(text)
    await visitor.page.get_by_role("button", name="Register").click()
    field = visitor.page.get_by_label("User name")
    await expect(field).to_be_focused()
    await expect(field).to_have_accessible_description(re.compile("Use letters a to z"))
    assert await sound(visitor.page) == []


async def test_the_keyboard_alone_reaches_the_content(server: LiveServer, browser: Browser):
    visitor = await Visitor.arrive(browser)
    await visitor.page.goto(server.url)
    await visitor.page.keyboard.press("Tab")
    await expect(visitor.page.get_by_role("link", name="Skip to the content")).to_be_focused()
    await visitor.page.keyboard.press("Enter")
    await visitor.page.keyboard.press("Tab")
    await expect(visitor.page.get_by_role("link", name="Open your cinema")).to_be_focused()


MAKE_STAFF = """
from accounts.models import User
User.objects.filter(username="{username}").update(is_staff=True, is_superuser=True)
"""


async def test_the_pages_of_others_obey_our_policy(server: LiveServer, browser: Browser):
    """Swagger's, the admin's and the browsable API's."""
    alice = await Visitor.arrive(browser)
    username = await register(alice.page, server)
    await alice.page.goto(f"{server.url}/api/docs/")
    await alice.page.locator(".opblock-summary-control").first.click()
    await expect(alice.page.get_by_role("button", name="Try it out").first).to_be_visible()
    for path in ("/api/v1/rooms/", "/api/v1/users/me/"):
        await alice.page.goto(f"{server.url}{path}")
        await expect(alice.page.get_by_text("HTTP 200 OK")).to_be_visible()
    server.manage("shell", "-c", MAKE_STAFF.format(username=username))
    for path in ("/admin/", "/admin/rooms/room/"):
        await alice.page.goto(f"{server.url}{path}")
        await expect(alice.page.get_by_role("link", name="Rooms").first).to_be_visible()
    assert alice.complaints == []


async def test_nothing_is_asked_of_other_servers(server: LiveServer, browser: Browser):
    visitor = await Visitor.arrive(browser)
    asked: list[str] = []
    visitor.page.on("request", lambda request: asked.append(request.url))
    for path in ["/", "/accounts/register/", "/api/docs/"]:
        await visitor.page.goto(f"{server.url}{path}", wait_until="networkidle")
    assert [url for url in asked if not url.startswith((server.url, "data:", "blob:"))] == []
