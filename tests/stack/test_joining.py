"""How people come into a room: invites by mail, guests, a password, the last seats, the public list."""

import asyncio
import re
import time
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes, policy
from uuid import uuid4

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from scripts.native import Smtp
from tests.live import LiveServer, Person
from tests.stack.party import gathered, seats

pytestmark = pytest.mark.server

DELIVERED_WITHIN = 15


async def mail_to(address: str, smtp: Smtp) -> str:
    """The plain text of the mail that comes for this address."""
    deadline = time.monotonic() + DELIVERED_WITHIN
    while time.monotonic() < deadline:
        for file in (smtp.mails / "new").glob("*"):
            mail = message_from_bytes(file.read_bytes(), policy=policy.default)
            body = mail.get_body(("plain",))
            if address in str(mail["To"]) and body is not None:
                return str(body.get_content())
        await asyncio.sleep(0.1)
    raise AssertionError(f"No mail for {address}")


async def refusal(person: Person, code: str) -> tuple[int, str]:
    """The code and reason that the room's socket closes with at once."""
    with pytest.raises(ConnectionClosed) as closed:
        async with person.connect(code) as socket:
            await socket.recv()
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code, closed.value.rcvd.reason


async def test_an_invite_by_mail_is_good_once(crowd: list[Person], smtp_service: Smtp):
    alice, bob, cleo = crowd[3:6]
    code = await gathered([alice], visibility="private")
    assert await refusal(bob, code) == (4404, "no_such_room")
    address = f"bob-{uuid4().hex[:8]}@example.org"
    made = alice.post(f"rooms/{code}/invites/", 201, email=address, max_uses=1)
    text = await mail_to(address, smtp_service)
    (link,) = re.findall(r"http://\S+/i/(\S+)/", text)
    assert link == made["token"]

    preview = bob.get(f"invites/{link}/")
    assert (preview["room"]["code"], preview["room"]["member_count"]) == (code, 1)
    bob.post(f"invites/{link}/accept/", 200)
    assert cleo.http.post(f"invites/{link}/accept/").status_code == 404
    async with seats(code, alice, bob) as (host, member):
        assert member.welcome["you"]["role"] == "member"
        await host.does("seek", position=3)
        assert (await member.hear("timeline"))["position"] == 3
    assert await refusal(cleo, code) == (4404, "no_such_room")


async def test_expired_revoked_and_unknown_invites_look_the_same(crowd: list[Person]):
    alice, bob = crowd[3:5]
    code = await gathered([alice])
    expiring = alice.post(f"rooms/{code}/invites/", 201, expires_in=1)
    revoked = alice.post(f"rooms/{code}/invites/", 201)
    assert bob.get(f"invites/{revoked['token']}/")["room"]["code"] == code
    assert alice.http.delete(f"rooms/{code}/invites/{revoked['id']}/").status_code == 204
    await asyncio.sleep(1.1)
    answers = [
        answer
        for token in (expiring["token"], revoked["token"], "no-such-token")
        for answer in (bob.http.get(f"invites/{token}/"), bob.http.post(f"invites/{token}/accept/"))
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1


async def test_a_guest_takes_part_where_the_room_takes_guests(stack: LiveServer, crowd: list[Person]):
    alice = crowd[3]
    code, elsewhere = await gathered([alice], visibility="private"), await gathered([alice])
    token = alice.post(f"rooms/{code}/invites/", 201)["token"]
    entry = {"invite": token, "display_name": "Gus"}
    with httpx.Client(base_url=f"{stack.url}/api/v1/", timeout=20) as device:
        let_in = device.post("auth/guest/", json=entry).json()
        guest = Person(stack, device, let_in["user"], let_in["access"], let_in["refresh"])
        async with seats(code, alice, guest) as (host, visitor):
            you = visitor.welcome["you"]
            assert (you["name"], you["role"]) == ("Gus", "guest")
            assert (await host.hear("presence", event="joined"))["participant"]["id"] == you["id"]
            await visitor.does("chat", text="hello")
            assert (await host.hear("chat"))["by"] == {"id": you["id"], "user": guest.id, "name": "Gus"}
            assert guest.http.post(f"rooms/{elsewhere}/join/").status_code == 403
            assert guest.http.post("rooms/", json={"name": "mine"}).status_code == 403
            alice.http.patch(f"rooms/{code}/", json={"allow_guests": False}).raise_for_status()
            assert device.post("auth/guest/", json=entry).status_code == 403
            await visitor.does("chat", text="I stay")
            assert alice.http.delete(f"rooms/{code}/").status_code == 204
            with pytest.raises(ConnectionClosed) as closed:
                await visitor.hear("nothing")
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code in (4401, 4410)
        assert guest.http.get("users/me/").status_code == 401, "it ends with the room"


async def test_a_password_and_the_last_seat(crowd: list[Person]):
    alice, *others = crowd[5:10]
    code = await gathered([alice], visibility="public", password="sesame", capacity=2)
    assert code in {room["code"] for room in others[0].get("rooms/", page_size=100)["results"]}
    assert [others[0].http.post(f"rooms/{code}/join/", json=body).status_code for body in ({}, {"password": "?"})] == [
        403,
        403,
    ]
    with ThreadPoolExecutor(len(others)) as threads:
        join = {"password": "sesame"}
        answers = list(threads.map(lambda one: one.http.post(f"rooms/{code}/join/", json=join).status_code, others))
    assert sorted(answers) == [200, 409, 409, 409]
    inside = others[answers.index(200)]
    async with seats(code, alice, inside) as (host, _member):
        assert len(host.welcome["participants"]) + 1 == 2
        assert await refusal(others[answers.index(409)], code) == (4403, "not_member")
        # Who is in the room already is put out by no smaller capacity.
        alice.http.patch(f"rooms/{code}/", json={"capacity": 1}).raise_for_status()
        assert (await host.does("seek", position=1))["type"] == "timeline"
