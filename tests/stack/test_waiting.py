"""Whom a party waits for, and how often, over real sockets. The rules' instants are in sync/test_buffering.py."""

from itertools import pairwise
from typing import Any

import pytest

from tests.live import Person
from tests.stack.party import Seat, gathered, seats

pytestmark = pytest.mark.server

QUIET = 1.0


async def starts(host: Seat, *ready: Seat) -> dict[str, Any]:
    """Plays, once these have said that they are ready."""
    seq = (await host.does("seek", position=100))["seq"]
    for one in ready:
        await one.ready(seq)
    played = await host.does("play")
    return played if played["state"] == "playing" else await host.hear("timeline", state="playing")


def shown(timeline: dict[str, Any], at: float) -> float:
    """Where a playing room is at that instant."""
    return float(timeline["position"] + timeline["rate"] * max(0.0, at - timeline["anchor"]))


async def test_a_hold_goes_back_three_seconds_at_most_and_comes_three_times(crowd: list[Person]):
    alice, bob = crowd[:2]
    code = await gathered([alice, bob], buffering={"grace": 0, "timeout": 1})
    async with seats(code, alice, bob) as (host, slow):
        playing = await starts(host, host, slow)
        anchors = []
        for position, back in ((0.0, 3.0), (9e5, 0.0), (9e5, 0.0)):
            await slow.reports("buffering", playing["seq"], position)
            held = await host.hear("timeline", state="waiting")
            assert (held["cause"]["action"], held["cause"]["by"]) == ("buffering", slow.id)
            assert held["waiting_for"] == [slow.id]
            assert held["position"] == pytest.approx(shown(playing, held["waiting_since"]) - back, abs=0.01)
            anchors.append(held["waiting_since"])
            await slow.ready(held["seq"])
            playing = await host.hear("timeline", state="playing")
            assert playing["anchor"] - held["waiting_since"] < 10, "the wait has an end"
        assert all(later - before >= 1 for before, later in pairwise(anchors))
        await slow.reports("buffering", playing["seq"], 0)
        with pytest.raises(TimeoutError):
            await host.hear("timeline", timeout=1 + QUIET)


async def test_who_comes_late_is_away_or_gone_stops_nobody(crowd: list[Person]):
    alice, bob, cleo = crowd[:3]
    code = await gathered([alice, bob, cleo], buffering={"grace": 0, "timeout": 30})
    async with seats(code, alice, bob) as (host, other):
        playing = await starts(host, host, other)
        async with seats(code, cleo) as (late,):
            await late.reports("buffering", playing["seq"])
            with pytest.raises(TimeoutError):
                await host.hear("timeline", timeout=QUIET)
            # From its first `ready` it is as all others.
            await late.ready(playing["seq"])
            await late.reports("buffering", playing["seq"])
            assert (await host.hear("timeline", state="waiting"))["waiting_for"] == [late.id]
            # The tab is hidden.
            await late.reports("away", playing["seq"])
            await host.hear("timeline", state="playing")
            sought = await host.does("seek", position=50)
            assert (sought["state"], set(sought["waiting_for"])) == ("waiting", {host.id, other.id})
            # The network is lost, without a farewell.
            other.socket.transport.abort()
            await host.hear("timeline", state="waiting", waiting_for=[host.id])
            await host.ready(sought["seq"])
            await late.hear("timeline", state="playing", position=50)


async def test_who_controls_goes_on_without_the_slow(crowd: list[Person]):
    alice, bob = crowd[:2]
    code = await gathered([alice, bob], control="host", buffering={"timeout": 30})
    async with seats(code, alice, bob) as (host, slow):
        seq = (await host.does("seek", position=10))["seq"]
        await host.ready(seq)
        await slow.reports("buffering", seq)
        await host.sees(slow, "buffering")
        assert (await host.does("play"))["waiting_for"] == [slow.id]
        assert (await host.does("play"))["type"] == "ack"
        assert (await slow.does("play", force=True))["code"] == "forbidden"
        assert (await host.does("play", force=True))["state"] == "playing"
