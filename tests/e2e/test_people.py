"""What hosts do to people, from the room's own list of them. Three pages; the guest's is 360 px wide."""

import asyncio
import re

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser import Visitor, chromium, sound
from tests.e2e.pages import enter, row_of
from tests.live import LiveServer

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("browser")]


def more(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=f"What you may do to {name}")


async def do(page: Page, name: str, action: str) -> None:
    await more(page, name).click()
    await page.get_by_role("dialog", name=name).get_by_role("button", name=action, exact=True).click()
    await expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.timeout(120)
async def test_it_works(server: LiveServer):
    alice, bob = [await asyncio.to_thread(server.person, name) for name in ("alice", "bob")]
    code = alice.room(control="host", slow_mode=30)["code"]
    invite = f"{server.url}/i/{alice.post(f'rooms/{code}/invites/', 201)['token']}/"
    bob.post(f"rooms/{code}/join/")
    async with chromium() as browser:
        host, member = await enter(browser, alice, code), await enter(browser, bob, code)
        guest = await Visitor.arrive(browser, viewport={"width": 360, "height": 740})
        await guest.page.goto(invite)
        await guest.page.fill("[name=display_name]", "Gus")
        await guest.page.get_by_role("button", name="Join as a guest").click()
        await guest.page.get_by_role("button", name="Click to join").click()
        await expect(row_of(host.page, "Gus")).to_be_visible()

        await the_chat_says_how_slow_it_is(host.page, guest.page)
        await who_is_muted_reads_only(host.page, guest.page)
        await the_keyboard_alone_makes_a_moderator(host.page, member.page)
        await the_role_of_the_host_goes_there_and_back(host.page, member.page)
        await more(host.page, "Gus").click()
        assert await sound(host.page) == []
        await host.page.keyboard.press("Escape")
        await expect(more(host.page, "Gus")).to_be_focused()
        await out_and_in_and_out_for_good(host.page, guest.page, invite)
        await expect(row_of(member.page, "Gus")).to_have_count(0)
        assert [one.complaints for one in (host, member)] == [[], []]
        refused = [one for one in guest.complaints if "403" not in one]
        assert refused == []


async def the_chat_says_how_slow_it_is(host: Page, guest: Page) -> None:
    field, lines = guest.get_by_role("textbox", name="Message"), guest.get_by_role("list", name="Chat")
    await expect(guest.get_by_text("Slow chat: one line in 30 s.")).to_be_visible()
    await expect(host.get_by_text("Slow chat")).to_have_count(0)
    await field.fill("one")
    await field.press("Enter")
    await expect(lines.get_by_text("one", exact=True)).to_be_visible()
    await expect(guest.get_by_text(re.compile(r"Your next line in (2\d|30) s\."))).to_be_visible()
    await field.fill("two")
    await field.press("Enter")
    await expect(field).to_have_value("two")
    await expect(lines.get_by_text("two", exact=True)).to_have_count(0)
    await expect(guest.locator("#notices").get_by_text("Your next line in")).to_be_visible()
    assert await sound(guest) == []


async def who_is_muted_reads_only(host: Page, guest: Page) -> None:
    await do(host, "Gus", "Mute in the chat")
    await expect(host.get_by_text("Gus is muted in the chat.")).to_be_visible()
    await expect(guest.get_by_text("You are muted: you can read the chat, not write in it.")).to_be_visible()
    await expect(guest.get_by_role("textbox", name="Message")).to_be_disabled()
    await expect(row_of(guest, "Gus").get_by_text("muted", exact=True)).to_be_visible()
    await do(host, "Gus", "Let them write again")
    await expect(guest.get_by_role("textbox", name="Message")).to_be_enabled()


async def the_keyboard_alone_makes_a_moderator(host: Page, member: Page) -> None:
    await expect(more(member, "Gus")).to_have_count(0)
    await more(host, "Bob").focus()
    await host.keyboard.press("Enter")
    await expect(host.get_by_role("dialog", name="Bob")).to_be_visible()
    await host.keyboard.press("Tab")
    await expect(host.get_by_role("button", name="Make a moderator")).to_be_focused()
    await host.keyboard.press("Enter")
    await expect(row_of(member, "Bob").get_by_text("moderator")).to_be_visible()
    await expect(more(member, "Gus")).to_be_visible()
    await expect(more(host, "Bob")).to_be_focused()
    await do(host, "Bob", "Make a member")
    await expect(row_of(member, "Bob").get_by_text("moderator")).to_have_count(0)
    await expect(more(member, "Gus")).to_have_count(0)


async def the_role_of_the_host_goes_there_and_back(host: Page, member: Page) -> None:
    await expect(member.get_by_text("Only the host controls playback in this room.")).to_be_visible()
    await do(host, "Bob", "Hand over the host's role")
    await expect(row_of(member, "Bob").get_by_text("host")).to_be_visible()
    await expect(member.get_by_text("Only the host controls playback in this room.")).to_be_hidden()
    await do(host, "Alice", "Be the host again")
    await expect(row_of(member, "Alice").get_by_text("host")).to_be_visible()
    await do(host, "Bob", "Make a moderator")
    await expect(row_of(member, "Bob").get_by_text("moderator")).to_be_visible()


async def out_and_in_and_out_for_good(host: Page, guest: Page, invite: str) -> None:
    await do(host, "Gus", "Remove from the room")
    await expect(guest.get_by_role("heading", name="You were removed from this room")).to_be_focused()
    await guest.goto(invite)
    await guest.get_by_role("button", name="Join as").or_(guest.get_by_role("button", name="Join as a guest")).click()
    await guest.get_by_role("button", name="Click to join").click()
    await expect(row_of(host, "Gus")).to_be_visible()
    await do(host, "Gus", "Ban from the room")
    await expect(guest.get_by_role("heading", name="You are banned from this room")).to_be_visible()
    await guest.goto(invite)
    await expect(guest.get_by_text("You are banned from this room.")).to_be_visible()
    await expect(guest.get_by_role("button", name=re.compile("Join"))).to_have_count(0)
