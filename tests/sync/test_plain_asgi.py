"""The same engine on servers without our protocol class: stock uvicorn, daphne, and Django's runserver."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.sync.harness import Engine


@pytest.fixture(scope="module", params=["stock", "daphne", "runserver"])
def plain(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    started = Engine(tmp_path_factory.mktemp("plain") / "data", request.param, SYNC_HEARTBEAT_TIMEOUT="3").start()
    yield started
    started.stop()


async def test_it_works(plain: Engine, room: str) -> None:
    async with plain.client(room) as alice, plain.client(room, "bob") as bob:
        assert alice.connection.subprotocol == "watchparty.v1"
        for number in range(20):
            sought = await alice.does("seek", str(number), position=number + 1)
            assert await bob.next("timeline") == sought
        await bob.send("chat", id="c", text="Hallo")
        assert (await alice.next("chat"))["text"] == "Hallo"
        async with plain.client(room, "bob", f"?session={bob.session}&chat_seq=0") as again:
            assert again.id == bob.id
            assert (await again.next("chat"))["chat_seq"] == 1
            assert (await bob.closed())[0] == 4409


async def test_refusals(plain: Engine, room: str) -> None:
    assert (await plain.closed(room, "stranger"))[0] == 4403
    assert (await plain.closed("missing", "bob"))[0] == 4404


async def test_rubbish(plain: Engine, room: str) -> None:
    async with plain.client(room) as alice:
        for frame in ("{", b"{}", "[" * 5000, '{"type":"dance"}'):
            await alice.connection.send(frame)
            assert (await alice.next("error"))["code"] == "bad_message"
        await alice.connection.send("")
        assert (await alice.closed())[0] == 4400


async def test_a_frame_that_is_too_large(plain: Engine, room: str) -> None:
    async with plain.client(room) as alice:
        await alice.connection.send("x" * 20_000)
        assert (await alice.closed())[0] in (1009, 4400)


async def test_a_lost_heartbeat(plain: Engine, room: str) -> None:
    async with plain.client(room, "bob") as bob:
        assert (await bob.closed())[0] == 4408


async def test_notices(plain: Engine, room: str) -> None:
    async with plain.client(room, "bob") as bob:
        await asyncio.to_thread(plain.notice, "kicked", room_id=room, user_id="bob")
        assert (await bob.closed())[0] == 4403


async def test_the_rest_twin(plain: Engine, room: str) -> None:
    async with plain.client(room) as alice:
        await asyncio.to_thread(plain.command_by_rest, room, "owner", type="play")
        assert (await alice.next("timeline"))["state"] == "playing"
    assert "Traceback" not in plain.log
