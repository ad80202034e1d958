"""Clients that never read are cut off; they cost the server little memory, and the others nothing."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from time import monotonic

from websockets.asyncio.client import connect

from tests.faults.conftest import NewStack
from tests.faults.figures import tell
from tests.faults.history import assert_chat_is_whole, p
from tests.faults.player import Player, crowd
from tests.faults.stack import Party, Web
from tests.waiting import eventually

STUCK = 28
LINE = "🍿" * 2000
"""As long as a line of chat may be, and 8 KB."""
BREATH = 0.05
ALONE = 4.0
CUT_OFF = 25.0
"""Seconds in all; a socket may take nothing for 10 s of them."""
MORE_MB = 30
"""What the process may have grown by."""
SENT_MB = 60
"""What it was asked to send to them meanwhile, at least."""
JITTER = 0.05
"""Seconds of this machine's own, in comparing the others' answers with those from before."""


async def test_it_works(new_stack: NewStack) -> None:
    stack = await asyncio.to_thread(new_stack, SYNC_MESSAGES_PER_SECOND="0")
    party, web = stack.parties[0], stack.web[0]
    async with crowd(party, stack.web, 6, clock_every=0.1) as players, AsyncExitStack() as sockets:
        before = monotonic()
        async with talking(players):
            await asyncio.sleep(ALONE)
        for number in range(STUCK):
            await sockets.enter_async_context(never_reading(web, party, 30 + number))
        await eventually(lambda: here(players[0]) == STUCK + 6, what="they are all in the room")
        rss, lines, began = web.rss_mb, players[0].chat_seq, monotonic()
        async with talking(players):
            cut_off = await eventually(lambda: here(players[0]) == 6, CUT_OFF, "they are cut off")
        grown = web.rss_mb - rss
        sent = (players[0].chat_seq - lines) * len(LINE.encode()) * STUCK / 1e6
        exchanges = [one for player in players for one in player.exchanges]
        alone = p(0.99, [one.rtt for one in exchanges if before < one.sent < before + ALONE])
        beside = p(0.99, [one.rtt for one in exchanges if one.sent > began])
        tell(
            f"{STUCK} clients that never read: cut off after {cut_off:.1f} s, {sent:.0f} MB for them, {grown:.0f} MB"
            f" more memory; the others' clock p99 {alone * 1000:.1f} ms alone, {beside * 1000:.1f} ms beside them"
        )
        log = await asyncio.to_thread(stack.chat_log, web, party)
    assert sent > SENT_MB, "the test has to ask for more than it allows"
    assert grown < MORE_MB
    assert beside < 2 * alone + JITTER
    assert [player.closes for player in players] == [[]] * len(players)
    assert all(one.done for player in players for one in player.asked.values())
    assert_chat_is_whole(players, log)


@asynccontextmanager
async def talking(players: list[Player]) -> AsyncIterator[None]:
    """All of them say long lines until the end of the block."""
    over = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for player in players:
            group.create_task(talk(player, over))
        try:
            yield
        finally:
            over.set()


async def talk(player: Player, over: asyncio.Event) -> None:
    while not over.is_set():
        await player.does("chat", text=f"{player.person} {len(player.asked)} ".ljust(len(LINE), LINE[0]))
        await asyncio.sleep(BREATH)


def never_reading(web: Web, party: Party, person: int) -> connect:
    """A connection that takes a few kilobytes, then nothing."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.connect(("127.0.0.1", web.port))
    return Stuck(
        f"{web.url.replace('http', 'ws', 1)}/ws/rooms/{party.room}/",
        sock=raw,
        additional_headers={"Authorization": f"Bearer {party.users[person]}"},
        subprotocols=["watchparty.v1"],  # type: ignore[list-item]
        compression=None,
        ping_interval=None,
        proxy=None,
        close_timeout=0.1,
    )


class Stuck(connect):
    async def __aenter__(self):
        connection = await super().__aenter__()
        connection.transport.pause_reading()
        return connection


def here(watcher: Player) -> int:
    """How many are connected, by what the watcher was told."""
    known: dict[str, bool] = {}
    for heard in watcher.heard:
        message = heard.message
        told = message.get("participants", [message["participant"]] if message["type"] == "presence" else [])
        known |= {one["id"]: one["connected"] for one in told}
    return sum(known.values())
