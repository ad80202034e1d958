"""A room made from a template and changed on its settings page, beside what the others see of it."""

import asyncio
import re

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser import Visitor, chromium, sound
from tests.e2e.pages import connected, enter, row_of
from tests.live import PASSWORD, LiveServer, Person

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("browser")]


@pytest.mark.timeout(120)
async def test_it_works(server: LiveServer):
    alice, bob = [await asyncio.to_thread(server.person, name) for name in ("alice", "bob")]
    async with chromium() as browser:
        host, code = await a_room_from_a_template(browser, alice)
        settings = await host.page.context.new_page()
        await settings.goto(f"{server.url}/rooms/{code}/settings/")
        assert await sound(settings) == []
        await the_last_seat(settings, bob, code)
        member = await enter(browser, bob, code)
        await expect(row_of(host.page, "Bob")).to_be_visible()
        await banned_and_back(settings, member.page)
        await expect(row_of(host.page, "Bob")).to_be_visible()
        assert host.complaints == []
        assert [one for one in member.complaints if "403" not in one] == []


async def a_room_from_a_template(browser: Browser, alice: Person) -> tuple[Visitor, str]:
    host = await Visitor.arrive(browser, viewport={"width": 360, "height": 740})
    page = host.page
    await page.goto(f"{alice.server.url}/accounts/login/?next=/rooms/new/")
    await page.fill("[name=username]", alice.user["username"])
    await page.fill("[name=password]", PASSWORD)
    await page.locator("main form button[type=submit]").click()
    await page.get_by_role("link", name="Classroom").click()
    await expect(page.get_by_text("One teaches")).to_be_visible()
    assert await sound(page) == []
    await page.fill("[name=name]", "Physics")
    await page.get_by_role("button", name="Create the room").click()
    await page.get_by_role("button", name="Click to join").click()
    await expect(connected(page)).to_be_visible()
    code = page.url.rstrip("/").rsplit("/", 1)[1]
    made = await asyncio.to_thread(alice.get, f"rooms/{code}/")
    assert (made["control"], made["buffering"]["policy"], made["slow_mode"]) == ("host", "quorum", 10)
    return host, code


async def the_last_seat(settings: Page, bob: Person, code: str) -> None:
    for seats, answer in (("1", 409), ("2", 200)):
        await settings.get_by_label("Seats").fill(seats)
        await settings.get_by_label("Public").check()
        await settings.get_by_role("button", name="Save").click()
        await expect(settings.get_by_label("Seats")).to_have_value(seats)
        joined = await asyncio.to_thread(lambda: bob.http.post(f"rooms/{code}/join/"))
        assert joined.status_code == answer, joined.text


async def banned_and_back(settings: Page, member: Page) -> None:
    settings.on("dialog", lambda dialog: dialog.accept())
    await settings.reload()
    await settings.get_by_role("button", name="Ban Bob").click()
    await expect(member.get_by_text("You are banned from this room")).to_be_visible()
    lift = settings.get_by_role("button", name=re.compile("Lift the ban.*Bob"))
    await lift.click()
    await expect(lift).to_have_count(0)
    await member.reload()
    await member.get_by_role("button", name="Join", exact=True).click()
    await member.get_by_role("button", name="Click to join").click()
    await expect(connected(member)).to_be_visible()
