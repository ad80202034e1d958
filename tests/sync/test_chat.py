"""Chat: stored before it is told, in order, and recovered by resuming."""

import asyncio

import pytest

from tests.sync.harness import Client, Engine


async def lines(client: Client) -> list[int]:
    return [one["chat_seq"] for one in await client.now() if one["type"] == "chat"]


async def test_it_works(engine: Engine, room: str) -> None:
    async with engine.client(room) as alice, engine.client(room, "bob") as bob:
        await bob.send("chat", id="c1", text="Hallo 🎬")
        line = await alice.next("chat")
        assert line == await bob.next("chat")
        assert line["by"] == {"id": bob.id, "user": "bob", "name": "Bob"}
        assert (line["chat_seq"], line["text"], line["id"]) == (1, "Hallo 🎬", "c1")
        assert line["sent_at"].endswith("+00:00")


async def test_the_same_id_is_one_line(engine: Engine, room: str) -> None:
    async with engine.client(room) as alice:
        await alice.send("chat", id="c", text="once")
        await alice.send("chat", id="c", text="once")
        assert (await alice.next("ack"))["id"] == "c"
        async with engine.client(room, query=f"?session={alice.session}&chat_seq=1") as again:
            await again.send("chat", id="c", text="once")
            assert (await again.next("ack"))["id"] == "c"
            assert await lines(again) == []


async def test_a_text_that_is_too_long(engine: Engine, room: str) -> None:
    async with engine.client(room) as alice:
        for text in ("", "x" * 2001, 5, None):
            await alice.send("chat", id="c", text=text)
            assert (await alice.next("error"))["code"] == "bad_message"
        await alice.send("chat", id="c", text="é" * 2000)
        assert len((await alice.next("chat"))["text"]) == 2000


async def test_no_false_acknowledgement(engine: Engine, room: str) -> None:
    async with engine.client(room) as alice:
        await alice.send("chat", id="c", text="the database is down")
        refused = await alice.next("error", "chat", "ack")
        assert (refused["type"], refused["code"], refused["id"]) == ("error", "unavailable", "c")


async def test_nothing_but_chat_waits_for_the_database(engine: Engine, room: str) -> None:
    async with engine.client(room, "bob") as bob:
        async with engine.client(room) as alice:
            await alice.send("chat", id="1", text="the database hangs")
            await alice.send("chat", id="2", text="in its turn")
            assert (await alice.does("play"))["state"] == "playing"
            await alice.send("clock", t0=1)
            assert (await alice.next("clock"))["t0"] == 1
        # She is gone, and what she said is still said.
        await bob.send("chat", id="3", text="the database answers again")
        texts = [(await bob.next("chat"))["text"] for _ in range(3)]
    assert sorted(texts) == ["in its turn", "the database answers again", "the database hangs"]
    assert texts.index("the database hangs") < texts.index("in its turn")


async def test_an_unexpected_error_leaves_no_ghost(engine: Engine, room: str) -> None:
    async with engine.client(room) as alice, engine.client(room, "bob") as bob:
        await bob.send("chat", id="c", text="a bug")
        assert (await bob.closed())[0] == 1006
        gone = await alice.next("presence", event="changed")
        assert gone["participant"]["state"] == "offline"


async def test_resume_brings_what_was_missed_in_order_and_once(engine: Engine, room: str) -> None:
    async with engine.client(room) as alice:
        async with engine.client(room, "bob") as bob:
            await alice.send("chat", id="first", text="first")
            await bob.next("chat")
        for number in range(30):
            await alice.send("chat", id=str(number), text=str(number))
            await alice.next("chat", text=str(number))
        async with engine.client(room, "bob", f"?session={bob.session}&chat_seq=1") as again:
            await alice.send("chat", id="live", text="live")
            await again.send("clock", t0=0)
            got: list[int] = []
            while len(got) < 31:
                got.append((await again.next("chat"))["chat_seq"])
            assert got == list(range(2, 33))
            assert await lines(again) == []
        async with engine.client(room, "bob") as fresh:
            assert fresh.welcome["chat_seq"] == 32
            assert await lines(fresh) == []


async def test_resume_while_others_go_on_talking(engine: Engine, room: str) -> None:
    async with engine.client(room) as alice:

        async def talk() -> None:
            for number in range(50):
                await alice.send("chat", id=str(number), text=str(number))
                await asyncio.sleep(0.002)

        async with engine.client(room, "bob") as before:
            session = before.session
        talking = asyncio.create_task(talk())
        await asyncio.sleep(0.02)
        async with engine.client(room, "bob", f"?session={session}&chat_seq=0") as bob:
            got: list[int] = []
            while len(got) < 50:
                got.append((await bob.next("chat"))["chat_seq"])
        await talking
        assert got == list(range(1, 51))


async def test_what_is_said_while_a_resumer_looks_and_finds_removed_lines_only(engine: Engine, room: str) -> None:
    room = f"slow-{room}"
    async with engine.client(room) as alice:
        async with engine.client(room, "bob") as before:
            session = before.session
        await alice.send("chat", id="1", text="removed")
        await alice.next("chat")
        async with engine.client(room, "bob", f"?session={session}&chat_seq=0") as bob:
            await alice.send("chat", id="2", text="said meanwhile")
            assert (await bob.next("chat"))["text"] == "said meanwhile"


async def test_reactions_and_typing(engine: Engine, room: str) -> None:
    async with engine.client(room) as alice, engine.client(room, "bob") as bob:
        await bob.send("reaction", id="r", emoji="🎉")
        by = {"id": bob.id, "user": "bob", "name": "Bob"}
        assert await alice.next("reaction") == {"type": "reaction", "by": by, "emoji": "🎉"}
        await bob.send("typing")
        assert await alice.next("typing") == {"type": "typing", "by": by}
        assert not [one for one in await bob.now() if one["type"] == "typing"]


@pytest.mark.parametrize("session", ["", "&session=rubbish", "&session=p1.x"])
async def test_only_who_resumes_gets_what_was_said_before(engine: Engine, room: str, session: str) -> None:
    async with engine.client(room) as alice:
        await alice.send("chat", id="c", text="before")
        await alice.next("chat")
        async with engine.client(room, "bob", f"?chat_seq=0{session}") as bob:
            assert await lines(bob) == []
        async with engine.client(room, "bob", f"?chat_seq=0&session={alice.session}") as bob:
            assert await lines(bob) == []
        async with engine.client(room, query=f"?chat_seq=0&session={alice.session}") as again:
            assert await lines(again) == [1]


async def test_a_reaction_takes_effect_once(engine: Engine, room: str) -> None:
    async with engine.client(room) as alice, engine.client(room, "bob") as bob:
        await bob.send("reaction", id="r", emoji="🎉")
        await bob.send("reaction", id="r", emoji="🎉")
        assert (await bob.next("ack"))["id"] == "r"
        async with engine.client(room, "bob", f"?session={bob.session}") as again:
            await again.send("reaction", id="r", emoji="🎉")
            assert (await again.next("ack"))["id"] == "r"
        await alice.send("reaction", id="r", emoji="👏")
        told = [one["emoji"] for one in await alice.now() if one["type"] == "reaction"]
        assert told == ["🎉", "👏"]
