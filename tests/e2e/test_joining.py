"""The ways into a room: an invite by its link or its QR code, the public list, a room's password. On small screens."""

import asyncio
import re

import pytest
from playwright.async_api import Browser, expect

from tests.browser import Visitor, chromium, sound
from tests.e2e.pages import connected, enter, row_of
from tests.live import LiveServer, Person

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("browser")]

PHONE = {"width": 360, "height": 740}


@pytest.mark.timeout(120)
async def test_it_works(server: LiveServer):
    alice, bob = [await asyncio.to_thread(server.person, name) for name in ("alice", "bob")]
    async with chromium() as browser:
        await the_link_and_its_picture(browser, server, alice)
        await the_public_list_and_the_password(browser, server, alice, bob)


async def the_link_and_its_picture(browser: Browser, server: LiveServer, alice: Person) -> None:
    code = alice.room(name="Just us", visibility="private")["code"]
    host = await enter(browser, alice, code, width=360)
    await host.page.get_by_role("button", name="Invite").click()
    link = host.page.get_by_role("textbox", name="Invite link")
    await expect(link).to_have_value(re.compile(r"/i/[^/]+/$"))
    picture = host.page.get_by_role("img", name="QR code of the invite link")
    await expect(picture).to_have_js_property("complete", True)
    assert await picture.evaluate("(image) => image.naturalWidth") > 0
    assert await sound(host.page) == []

    guest = await Visitor.arrive(browser, viewport=PHONE)
    await guest.page.goto(await link.input_value())
    await expect(guest.page.get_by_role("heading", name="Just us")).to_be_visible()
    await expect(guest.page.get_by_text("Alice invites you")).to_be_visible()
    assert await sound(guest.page) == []
    await guest.page.get_by_label("What shall we call you?").fill("Gus")
    await guest.page.keyboard.press("Enter")
    await guest.page.get_by_role("button", name="Click to join").click()
    await expect(row_of(host.page, "Gus").get_by_text("guest")).to_be_visible()
    await expect(connected(guest.page)).to_be_visible()
    once = alice.post(f"rooms/{code}/invites/", 201, max_uses=1)["token"]
    late = [await Visitor.arrive(browser, viewport=PHONE) for _ in range(2)]
    for visitor in late:
        await visitor.page.goto(f"{server.url}/i/{once}/")
        await visitor.page.get_by_label("What shall we call you?").fill("Hal")
    await late[0].page.get_by_role("button", name="Join as a guest").click()
    await late[0].page.wait_for_url(f"**/rooms/{code}/")
    await late[1].page.get_by_role("button", name="Join as a guest").click()
    await expect(late[1].page.get_by_role("button", name="Click to join")).to_have_count(0)
    await expect(late[1].page.get_by_text("If somebody sent you a link, ask them for a new one.")).to_be_visible()
    assert [*host.complaints, *guest.complaints, *late[0].complaints] == []


async def the_public_list_and_the_password(browser: Browser, server: LiveServer, alice: Person, bob: Person) -> None:
    name = f"Open air {alice.id[:6]}"
    code = alice.room(name=name, visibility="public", password="swordfish")["code"]
    stranger = await Visitor.arrive(browser, viewport=PHONE)
    page = stranger.page
    await page.goto(server.url)
    await page.get_by_role("link", name=name).click()
    await page.fill("[name=username]", bob.user["username"])
    await page.fill("[name=password]", "correct horse battery")
    await page.locator("main form button[type=submit]").click()
    await expect(page.get_by_text("At the door")).to_be_visible()
    await page.get_by_label("Password").fill("guess")
    await page.get_by_role("button", name="Join", exact=True).click()
    await expect(page.get_by_text("That is not the password of this room.")).to_be_visible()
    await expect(page.get_by_label("Password")).to_be_focused()
    assert await sound(page) == []
    await page.get_by_label("Password").fill("swordfish")
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**/rooms/{code}/")
    await page.get_by_role("button", name="Click to join").click()
    await expect(connected(page)).to_be_visible()
    # The browser itself names the answer 422 to the wrong password.
    assert [one for one in stranger.complaints if "422" not in one] == []
