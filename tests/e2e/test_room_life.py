"""What goes on in a room besides the picture: waiting, the queue, votes, chat, a reload. Three browsers, one party."""

import asyncio
import re
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from tests.browser import chromium
from tests.clips import make_clip
from tests.e2e.pages import SET_RANGE, enter, shelve, until_ready
from tests.live import LiveServer, Person, receive, send

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("browser")]


def queue_of(page: Page):
    return page.get_by_role("list", name="Queue").get_by_role("listitem").locator(".queue-title")


@pytest.mark.timeout(180)
async def test_it_works(server: LiveServer, tmp_path: Path):
    alice, bob, cleo, dave = [await asyncio.to_thread(server.person, name) for name in ("alice", "bob", "cleo", "dave")]
    long, short = make_clip(tmp_path / "long.mp4", seconds=30), make_clip(tmp_path / "short.mp4", seconds=3)
    movies = [shelve(alice, clip, title) for clip, title in ((short, "One"), (long, "Two"), (long, "Three"))]
    await until_ready(alice, *movies)
    code = alice.room(control="host", skip_votes=True, buffering={"timeout": 60})["code"]
    for movie in movies:
        alice.post(f"rooms/{code}/queue/", 201, movie=movie)
    for person in (bob, cleo, dave):
        person.post(f"rooms/{code}/join/")
    for number in range(130):
        dave.post(f"rooms/{code}/messages/", 201, text=f"line {number}")
    async with chromium() as browser:
        visitors = [await enter(browser, person, code) for person in (alice, bob, cleo)]
        host, guest, third = [visitor.page for visitor in visitors]
        await the_queue_is_ordered_by_keys_and_by_drag(host, guest)
        await the_page_says_whom_it_waits_for(host, guest, dave, code)
        await the_next_movie_comes_by_itself(host, guest)
        await most_of_those_present_skip(guest, third)
        await the_chat_scrolls_mentions_and_tells_who_did_it(host, guest)
        await reactions_float_and_typing_is_told(host, guest)
        await a_seek_is_undone_and_the_speed_is_everybodys(host, guest)
        await a_reload_keeps_the_participant(host, guest)
        assert [visitor.complaints for visitor in visitors] == [[], [], []]


async def the_queue_is_ordered_by_keys_and_by_drag(host: Page, guest: Page) -> None:
    await expect(queue_of(host)).to_have_text(["One", "Two", "Three"])
    handle = host.get_by_role("button", name="Move Three", exact=True)
    await handle.focus()
    await host.keyboard.press("ArrowUp")
    for page in (host, guest):
        await expect(queue_of(page)).to_have_text(["One", "Three", "Two"])
    await expect(handle).to_be_focused()
    await handle.hover()
    await host.mouse.down()
    below = await host.get_by_role("button", name="Move Two", exact=True).bounding_box()
    assert below
    await host.mouse.move(below["x"] + 5, below["y"] + below["height"], steps=4)
    await host.mouse.up()
    await expect(queue_of(host)).to_have_text(["One", "Two", "Three"])
    await expect(queue_of(guest)).to_have_text(["One", "Two", "Three"])
    await expect(guest.get_by_role("button", name="Move Two", exact=True)).to_have_count(0)


async def the_page_says_whom_it_waits_for(host: Page, guest: Page, dave: Person, code: str) -> None:
    async with dave.connect(code) as slow:
        welcome = await receive(slow, "welcome")
        await send(slow, type="status", state="buffering", seq=welcome["timeline"]["seq"], position=0, buffered=0)
        await expect(host.get_by_role("list", name="Participants").get_by_text("buffering")).to_be_visible()
        await host.get_by_role("button", name="Play", exact=True).click()
        for page in (host, guest):
            await expect(page.get_by_role("status").filter(has_text="Waiting for Dave")).to_be_visible()
            await expect(page.get_by_text(re.compile(r"Goes on in (5\d|60) s"))).to_be_visible()
        await expect(guest.get_by_role("button", name="Go on without waiting")).to_be_hidden()
        await host.get_by_role("button", name="Go on without waiting").click()
        await expect(guest.get_by_text("Goes on in")).to_be_hidden()


async def the_next_movie_comes_by_itself(host: Page, guest: Page) -> None:
    for page in (host, guest):
        await expect(page.get_by_text("Next in the queue: Two")).to_be_visible()
        await expect(page.get_by_text(re.compile(r"Starts in [1-5] s"))).to_be_visible()
    await expect(host.get_by_role("button", name="Stay here")).to_be_visible()
    for page in (host, guest):
        await expect(page.get_by_role("listitem").filter(has_text="On screen")).to_contain_text("Two")
        await expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible()


async def most_of_those_present_skip(guest: Page, third: Page) -> None:
    await guest.get_by_role("button", name="Vote to skip").click()
    await expect(third.get_by_role("button", name="Vote to skip · 1 of 2")).to_be_visible()
    await third.get_by_role("button", name="Vote to skip").click()
    on_screen = guest.get_by_role("listitem").filter(has_text="On screen")
    await expect(on_screen).to_contain_text("Three")
    await guest.get_by_text("Watched before").click()
    await expect(guest.locator("#watched-list li").last).to_contain_text("One")


async def the_chat_scrolls_mentions_and_tells_who_did_it(host: Page, guest: Page) -> None:
    chat = guest.get_by_role("list", name="Chat")
    await expect(chat.get_by_text("line 129", exact=True)).to_be_visible()
    await expect(chat.get_by_text("line 0", exact=True)).to_have_count(0)
    await chat.hover()
    await guest.mouse.wheel(0, -100_000)
    await expect(chat.get_by_text("line 0", exact=True)).to_have_count(1)
    field = host.get_by_role("textbox", name="Message")
    await field.press_sequentially("Hello @b")
    await expect(host.get_by_role("option", name="Bob")).to_be_visible()
    await field.press("Enter")
    await field.press_sequentially("see <b>this</b>")
    await field.press("Enter")
    line = chat.get_by_role("listitem").filter(has_text="see <b>this</b>")
    await expect(line.locator(".mention")).to_have_text("@Bob")
    await expect(line).to_have_class(re.compile("chat-meant"))
    await host.get_by_role("button", name="Pause", exact=True).click()
    await expect(chat.get_by_text(re.compile(r"Alice paused at"))).to_have_count(1)


async def reactions_float_and_typing_is_told(host: Page, guest: Page) -> None:
    await guest.get_by_role("button", name="React with 😂").focus()
    await guest.keyboard.press("Enter")
    for page in (host, guest):
        await expect(page.locator("#reactions-layer").get_by_text("😂")).to_be_visible()
        await expect(page.locator("#reactions-layer").get_by_text("Bob")).to_be_visible()
    await guest.get_by_role("textbox", name="Message").press_sequentially("hm")
    await expect(host.get_by_text("Bob is typing…")).to_be_visible()
    await expect(guest.get_by_text("is typing…")).to_have_count(0)
    await expect(host.get_by_text("Bob is typing…")).to_have_count(0)
    await expect(host.locator("#reactions-layer").get_by_text("😂")).to_have_count(0)


async def a_seek_is_undone_and_the_speed_is_everybodys(host: Page, guest: Page) -> None:
    before = await guest.get_by_role("slider", name="Seek").input_value()
    await host.get_by_role("slider", name="Seek").evaluate(SET_RANGE, 25)
    await expect(guest.locator("#notices").get_by_text("Alice jumped to 0:25")).to_be_visible()
    await expect(guest.get_by_role("button", name="Undo")).to_have_count(0)
    await host.get_by_role("button", name="Undo").click()
    await expect(guest.get_by_role("slider", name="Seek")).to_have_value(before)
    speed = guest.get_by_role("combobox", name="Speed")
    await expect(speed).to_be_disabled()
    await host.get_by_role("combobox", name="Speed").select_option("1.5")
    await expect(speed).to_have_value("1.5")
    await expect(guest.locator("#notices").get_by_text("Alice set the speed to 1.5×")).to_be_visible()


async def a_reload_keeps_the_participant(host: Page, guest: Page) -> None:
    people = host.get_by_role("list", name="Participants")
    await expect(people.get_by_text("Bob")).to_have_count(1)
    await guest.reload()
    await guest.get_by_role("button", name="Click to join").click()
    await expect(guest.get_by_role("status").filter(has_text="In sync")).to_be_visible()
    await expect(guest.get_by_role("list", name="Chat").get_by_text("line 129", exact=True)).to_be_visible()
    await expect(people.get_by_text("Bob")).to_have_count(1)
    await expect(people.get_by_role("listitem").filter(has_text="Bob").get_by_text("offline")).to_have_count(0)
