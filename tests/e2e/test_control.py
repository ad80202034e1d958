"""Who may not control asks for it; the host lets them on another page."""

import asyncio

import pytest
from playwright.async_api import expect

from tests.browser import Visitor, chromium
from tests.live import PASSWORD, LiveServer

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("browser")]


@pytest.mark.timeout(120)
async def test_it_works(server: LiveServer):
    alice = await asyncio.to_thread(server.person, "alice")
    code = alice.room(control="host")["code"]
    token = alice.post(f"rooms/{code}/invites/", 201)["token"]
    async with chromium() as browser:
        host, guest = await Visitor.arrive(browser), await Visitor.arrive(browser)
        await host.page.goto(f"{server.url}/accounts/login/?next=/rooms/{code}/")
        await host.page.fill("[name=username]", alice.user["username"])
        await host.page.fill("[name=password]", PASSWORD)
        await host.page.locator("main form button[type=submit]").click()
        await host.page.wait_for_url(f"**/rooms/{code}/")
        await guest.page.set_viewport_size({"width": 360, "height": 740})
        await guest.page.goto(f"{server.url}/i/{token}/")
        await guest.page.fill("[name=display_name]", "Bob")
        await guest.page.get_by_role("button", name="Join as a guest").click()

        ask = guest.page.get_by_role("button", name="Ask for control")
        await expect(host.page.get_by_role("list", name="Participants").get_by_text("Bob")).to_be_visible()
        await ask.focus()
        await guest.page.keyboard.press("Enter")
        wish = host.page.get_by_role("list", name="Who asks for control")
        await expect(wish.get_by_text("Bob asks to play and pause.")).to_be_visible()
        await expect(ask).to_be_disabled()
        await wish.get_by_role("button", name="Let them").click()
        await expect(guest.page.get_by_text("You may play and pause now.")).to_be_visible()
        await expect(ask).to_be_hidden()
        await expect(wish).to_be_hidden()
        assert host.complaints == []
        assert guest.complaints == []
