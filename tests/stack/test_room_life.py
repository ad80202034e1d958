"""A party over two web processes, Redis and PostgreSQL, as people and troublemakers use it."""

import asyncio
from itertools import count
from time import monotonic

import pytest
from websockets.exceptions import ConnectionClosed

from tests.live import LiveServer, Person, send
from tests.stack.party import gathered, party, seats

pytestmark = pytest.mark.server

FELT_SECONDS = 1.0
"""What the others may wait for an answer while somebody floods, on top of what they wait anyway."""


async def test_forged_keys_change_nothing(stack: LiveServer):
    """Who somebody is comes from their credential, and what holds from the store: never from a message."""
    code, (alice, bob) = await party(stack, "bob", control="host")
    async with seats(code, alice, bob) as (host, member):
        forged = {"user": alice.id, "role": "host", "by": host.welcome["you"]["id"], "seq": 2**53 - 1}
        for command in ({"type": "play"}, {"type": "seek", "position": 9}, {"type": "rate", "rate": 2}):
            assert (await member.does(**command, **forged))["code"] == "forbidden"
        status = {"state": "ready", "position": 0, "buffered": 9}
        await send(member.socket, type="status", **status | {"seq": 2**53 - 1, "user": alice.id, "role": "host"})
        line = await member.does("chat", text="I am Alice", **forged)
        assert line["by"] == {"id": member.welcome["you"]["id"], "user": bob.id, "name": "Bob"}
        state = await asyncio.to_thread(alice.get, f"rooms/{code}/state/")
        assert state["timeline"] == host.welcome["timeline"]
        assert {one["user"]: one["role"] for one in state["participants"]} == {alice.id: "host", bob.id: "member"}
        sought = await host.does("seek", position=5)
        assert sought["seq"] == host.welcome["timeline"]["seq"] + 1
        # Somebody else's session resumes nothing.
        async with seats(code, bob, query=f"?session={host.welcome['session']}") as (thief,):
            assert (thief.welcome["you"]["user"], thief.welcome["you"]["role"]) == (bob.id, "member")
            assert thief.id != host.id


async def test_commands_of_two_hosts_at_once_have_one_order(stack: LiveServer):
    code, (alice, bob) = await party(stack, "bob", control="everyone")
    async with seats(code, *[alice] * 4, *[bob] * 4) as places:
        for turn in range(10):
            answers = await asyncio.gather(
                *[place.does("seek", position=turn * 10 + at) for at, place in enumerate(places)]
            )
            # What was overtaken before it could be told is an ack.
            assert {one["type"] for one in answers} <= {"timeline", "ack"}
        last = await places[0].does("seek", position=999)
        for place in places[1:]:
            await place.hear("timeline", seq=last["seq"])
        order: dict[int, float] = {}
        for place in places:
            told = [(one["seq"], one["position"]) for one in place.heard if one["type"] == "timeline"]
            assert len(told) > 10
            assert [seq for seq, _ in told] == sorted({seq for seq, _ in told})
            assert all(order.setdefault(seq, position) == position for seq, position in told)
            assert told[-1] == (last["seq"], 999)


async def test_a_flood_is_closed_and_the_others_feel_nothing(stack: LiveServer):
    code, (alice, bob, mallory) = await party(stack, "bob", "mallory")
    async with seats(code, alice, bob, mallory) as (host, member, flooder):
        done, positions = asyncio.Event(), count(1)

        async def flood() -> tuple[int, str]:
            try:
                for number in range(20_000):
                    await send(flooder.socket, type="chat", id=str(number), text="buy now")
                    await asyncio.sleep(0)  # sending doesn't let the others go on, nor read that it is closed
                while True:
                    await flooder.socket.recv()
            except ConnectionClosed as closed:
                return (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else (1006, "")
            finally:
                done.set()

        async def waited() -> float:
            """Seconds from a command to the member."""
            began = monotonic()
            sought = await host.does("seek", position=next(positions))
            await member.hear("timeline", seq=sought["seq"])
            took = monotonic() - began
            await asyncio.sleep(0.1)  # within the host's own rate
            return took

        usual = max([await waited() for _ in range(10)])
        flooding = asyncio.create_task(flood())
        waits: list[float] = []
        while not done.is_set() or len(waits) < 20:
            waits.append(await waited())
        assert await flooding == (4429, "flooding")
        assert max(waits) - usual < FELT_SECONDS, "more than that on top of what this machine takes anyway"
        assert not [one for one in host.heard + member.heard if one["type"] == "error"]
        spam = [one for one in member.heard if one["type"] == "chat"]
        assert len(spam) <= 75, "the burst, and what a few seconds allow"


async def test_whom_a_room_waits_for_is_its_policy(stack: LiveServer):
    """Changed by REST, it holds on live sockets at once."""
    code, (alice, bob, cleo) = await party(stack, "bob", "cleo", buffering={"timeout": 1})
    async with seats(code, alice, bob, cleo) as (host, slow, third):
        seq = host.welcome["timeline"]["seq"]
        await host.ready(seq)
        await third.ready(seq)
        await send(slow.socket, type="status", state="buffering", seq=seq, position=0, buffered=0)
        await host.sees(slow, "buffering")
        expected = {"everyone": "waiting", "host": "playing", "quorum": "playing", "nobody": "playing"}
        for policy, state in expected.items():
            buffering = {"policy": policy, "percent": 60}
            asked = await asyncio.to_thread(alice.http.patch, f"rooms/{code}/", json={"buffering": buffering})
            assert asked.status_code == 200
            if policy != "everyone":
                assert (await host.hear("room"))["buffering"]["policy"] == policy
            played = await host.does("play")
            assert played["state"] == state, policy
            if state == "waiting":
                assert played["waiting_for"] == [slow.welcome["you"]["id"]]
                gone_on = await third.hear("timeline", state="playing")
                assert gone_on["anchor"] - played["waiting_since"] < 10, "its own time-out, not the usual 15 s"
                # Left behind, it isn't waited for until it was ready again.
                await slow.ready(gone_on["seq"])
                await send(slow.socket, type="status", state="buffering", seq=gone_on["seq"], position=0, buffered=0)
                await slow.hear("timeline", state="waiting")
            assert (await host.does("pause"))["state"] == "paused"


async def test_chat_by_rest_reaches_everybody_and_a_resume_gets_what_it_missed(stack: LiveServer):
    code, (alice, bob) = await party(stack, "bob")
    async with seats(code, alice) as (host,):
        async with seats(code, bob) as (member,):
            first = await asyncio.to_thread(lambda: alice.post(f"rooms/{code}/messages/", 201, text="from a script"))
            for one in (host, member):
                heard = await one.hear("chat")
                assert (heard["text"], heard["by"]["user"]) == ("from a script", alice.id)
            resume = f"?session={member.welcome['session']}&seq=1&chat_seq={first['chat_seq']}"
        missed = [f"missed {number}" for number in range(5)]
        for text in missed:
            await host.does("chat", text=text)
        wrong = await host.does("chat", text="gone before bob is back")
        line = f"rooms/{code}/messages/{wrong['chat_seq']}/"
        assert bob.http.delete(line).status_code == 403
        assert alice.http.delete(line).status_code == 204
        await host.hear("chat_deleted", chat_seq=wrong["chat_seq"])
        async with seats(code, bob, query=resume) as (back,):
            assert back.welcome["you"]["id"] == member.welcome["you"]["id"]
            assert [(await back.hear("chat"))["text"] for _ in missed] == missed
            await host.does("chat", text="and on")
            assert (await back.hear("chat"))["text"] == "and on", "none came twice"
        state = await asyncio.to_thread(alice.get, f"rooms/{code}/state/")
        assert state["participant_count"] == 2


async def test_reactions_are_seen_by_all_and_who_types_by_the_others(crowd: list[Person]):
    alice, bob, cleo = crowd[10:13]
    code = await gathered([alice, bob, cleo])
    async with seats(code, alice, bob, cleo) as (host, member, third):
        by = {"id": member.id, "user": bob.id, "name": bob.user["display_name"]}
        forged = {"id": host.id, "user": alice.id, "name": "Alice"}
        await send(member.socket, type="typing", by=forged)
        for seat in (host, third):
            assert await seat.hear("typing") == {"type": "typing", "by": by}
        for _ in range(2):
            await send(member.socket, type="reaction", id="r", emoji="🎉", by=forged)
        assert (await member.hear("ack"))["id"] == "r", "the same one a second time is none"
        assert (await member.does("reaction", emoji="x" * 17))["code"] == "bad_message"
        # A line of chat comes after whatever was told before it.
        await member.does("chat", text="all told")
        for seat in (host, member, third):
            if seat is not member:
                await seat.hear("chat")
            told = [one for one in seat.heard if one["type"] == "reaction"]
            assert told == [{"type": "reaction", "by": by, "emoji": "🎉"}]
        assert not [one for one in member.heard if one["type"] == "typing"]
