"""The admin on a real server: what is done there reaches open sockets at once, and the ledger soon."""

import asyncio
import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from tests.live import PASSWORD, LiveServer, Person, receive
from tests.waiting import PATIENCE

pytestmark = [pytest.mark.server, pytest.mark.asyncio]

Register = Callable[[str], Person]

# The worker looks for jobs each half second, and waits one second for company before it ships.
SOON = PATIENCE


@pytest.fixture
def root(server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx.Client]:
    """A superuser's browser, signed in by the one sign-in page."""
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    name = f"root{time.monotonic_ns()}"
    server.manage("createsuperuser", "--noinput", "--username", name, "--email", f"{name}@example.org")
    with httpx.Client(base_url=server.url, follow_redirects=True, timeout=30) as browser:
        page = browser.get("/admin/")
        assert page.url.path == "/accounts/login/"
        page = post(browser, str(page.url), username=name, password=PASSWORD)
        assert page.url.path == "/admin/", page.text
        yield browser


@pytest.fixture
def person(server: LiveServer) -> Iterator[Register]:
    with ExitStack() as open_clients:

        def register(name: str) -> Person:
            new = server.person(name)
            open_clients.callback(new.http.close)
            return new

        yield register


async def closing(socket: ClientConnection) -> tuple[int, str]:
    """The code and reason that the server closes with."""
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                await socket.recv()
    except ConnectionClosed as closed:
        frame = closed.rcvd
    assert frame is not None
    return frame.code, frame.reason


def post(browser: httpx.Client, address: str, **fields: str) -> httpx.Response:
    token = browser.cookies["csrftoken"]
    headers = {"Referer": str(browser.base_url)}
    page = browser.post(address, data={"csrfmiddlewaretoken": token, **fields}, headers=headers)
    assert page.status_code == 200, page.text
    return page


def chosen(browser: httpx.Client, model: str, search: str) -> str:
    """The id of the one row that a search in the admin finds."""
    page = browser.get(f"/admin/{model}/?q={search}").text
    (found,) = re.findall(r'name="_selected_action" value="([^"]+)"', page)
    return str(found)


async def test_a_ban_closes_the_socket_and_stands_in_the_ledger(
    root: httpx.Client, person: Callable[[str], Person]
) -> None:
    alice, bob = person("alice"), person("bob")
    room = alice.room()
    bob.post(f"rooms/{room['code']}/join/")
    seat = chosen(root, "rooms/membership", bob.user["username"])
    async with bob.connect(room["code"]) as socket:
        await receive(socket, "welcome")
        await asyncio.to_thread(post, root, "/admin/rooms/membership/", action="ban", _selected_action=seat)
        assert await closing(socket) == (4403, "banned")

    deadline = time.monotonic() + SOON
    entry = ""
    while time.monotonic() < deadline and not re.search(r'field-tx">\d', entry):
        await asyncio.sleep(0.2)
        rows = root.get(f"/admin/audit/outboxevent/?q={room['code']}&fact__exact=member.banned").text
        entry = rows.partition('id="result_list"')[2]
    (address,) = re.findall(r'href="(/admin/audit/outboxevent/\d+/change/[^"]*)"', entry)
    assert "Verified: entry" in root.get(address).text


async def test_disabling_somebody_signs_them_out_everywhere(
    root: httpx.Client, person: Callable[[str], Person]
) -> None:
    alice = person("alice")
    room = alice.room()
    row = chosen(root, "accounts/user", alice.user["username"])
    async with alice.connect(room["code"]) as socket:
        await receive(socket, "welcome")
        await asyncio.to_thread(post, root, "/admin/accounts/user/", action="disable", _selected_action=row)
        code, _reason = await closing(socket)
        assert code == 4401
    assert alice.http.get("users/me/").status_code == 401
