"""Coming into a room: the welcome, who is refused and how."""

import pytest
from websockets.exceptions import InvalidStatus

from tests.sync.harness import Engine


async def test_it_works(engine: Engine, room: str) -> None:
    async with engine.client(room) as alice:
        welcome = alice.welcome
        assert list(welcome)[:5] == ["type", "protocol", "session", "you", "heartbeat"]
        assert welcome["protocol"] == 1
        assert welcome["heartbeat"] == {"interval": 5.0, "timeout": 60.0}
        assert welcome["you"] == {
            "id": alice.id,
            "user": "owner",
            "name": "Owner",
            "role": "host",
            "state": "ready",
            "connected": True,
            "position": 0.0,
            "rtt": None,
            "drift": None,
        }
        assert welcome["participants"] == [welcome["you"]]
        assert welcome["participant_count"] == 1
        assert welcome["room"]["code"] == room
        assert welcome["room"]["control"] == "host"
        assert welcome["timeline"] == {
            "seq": alice.seq,
            "item": None,
            "position": 0.0,
            "rate": 1.0,
            "state": "paused",
            "anchor": welcome["timeline"]["anchor"],
            "waiting_for": [],
        }
        assert welcome["chat_seq"] == 0
        assert 0 < welcome["timeline"]["seq"] < 2**53
        assert alice.connection.subprotocol == "watchparty.v1"


async def test_the_others_hear_of_it(engine: Engine, room: str) -> None:
    async with engine.client(room) as alice:
        async with engine.client(room, "bob") as bob:
            joined = await alice.next("presence")
            assert joined["event"] == "joined"
            assert joined["participant"] == bob.welcome["you"]
            assert bob.welcome["participant_count"] == 2
        gone = await alice.next("presence")
        assert gone["event"] == "changed"
        assert gone["participant"]["state"] == "offline"
        assert gone["participant"]["connected"] is False


async def test_a_room_with_a_movie_has_it_loaded(engine: Engine, room: str) -> None:
    async with engine.client(f"{room}-movie") as alice:
        assert alice.welcome["timeline"]["item"] == "long"


async def test_a_participant_id_is_no_number(engine: Engine, room: str) -> None:
    async with engine.client(room) as alice:
        assert alice.id[0].isalpha()


@pytest.mark.parametrize(
    ("room", "user", "code", "reason"),
    [
        ("any", "", 4401, "not_authenticated"),
        ("any", "stranger", 4403, "not_member"),
        ("missing", "bob", 4404, "not_found"),
        ("down", "bob", 1013, "unavailable"),
    ],
)
async def test_refusals_are_closes_that_browsers_see(
    engine: Engine, room: str, user: str, code: int, reason: str
) -> None:
    assert await engine.closed(room, user) == (code, reason)


async def test_a_bad_origin_is_http_403(engine: Engine, room: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await engine.closed(room, "", origin="http://evil.example")
    assert refused.value.response.status_code == 403


async def test_the_twenty_first_connection_of_a_user_is_one_too_many(engine: Engine, room: str) -> None:
    async with engine.clients(room, *["bob"] * 20) as clients:
        assert await engine.closed(room, "bob") == (4429, "connections")
        async with engine.client(room, "owner"):
            pass
        # A resumed session takes the place of its own connection.
        async with engine.client(room, "bob", f"?session={clients[0].session}") as again:
            assert again.id == clients[0].id


async def test_fifty_first_participant_turns_presence_into_a_roster(engine: Engine, room: str) -> None:
    bobs = [f"bob{i}" for i in range(50)]
    async with engine.clients(room, *bobs) as clients, engine.client(room, "owner") as alice:
        assert alice.welcome["participant_count"] == 51
        roster = await clients[0].next("roster")
        assert [one["id"] for one in roster["joined"]] == [alice.id]
        assert roster["count"] == 51
        await alice.status("away", alice.seq)
        changed = await clients[0].next("roster")
        assert [(one["id"], one["state"]) for one in changed["changed"]] == [(alice.id, "away")]
