from typing import Any

import pytest

from accounts.models import User
from rooms import chat, services
from rooms.models import Message, Room
from tests.rooms.conftest import Api, Committed, fields


def say(room: Room, user: User, text: str, id: str = "") -> int:
    posted = chat.post_line(
        room_id=str(room.pk),
        user_id=str(user.pk),
        name=user.name,
        participant_id="p1",
        session="s1",
        id=id or text,
        text=text,
    )
    return posted.chat_seq


@pytest.fixture
def talk(alice: User, room: Room) -> list[int]:
    return [say(room, alice, f"line {number}") for number in range(1, 8)]


def path(room: Room, tail: str = "") -> str:
    return f"/api/v1/rooms/{room.code}/messages/{tail}"


def seqs(page: Any) -> list[int]:
    return [line["chat_seq"] for line in page["results"]]


@pytest.mark.usefixtures("talk")
def test_it_works(api: Api, alice: User, bob_in: User, room: Room):
    page = api(bob_in).get(path(room)).json()

    assert seqs(page) == [1, 2, 3, 4, 5, 6, 7]
    assert page["next"] is None
    assert page["previous"] is None
    line = page["results"][0]
    assert line["by"] == {"id": "p1", "user": str(alice.pk), "name": "Alice"}
    assert (line["text"], line["id"]) == ("line 1", "line 1")
    assert line["sent_at"].endswith("Z")


@pytest.mark.usefixtures("talk")
def test_it_pages_back_from_the_newest(api: Api, alice: User, room: Room):
    seen, link = [], path(room, "?page_size=3")
    while link:
        page = api(alice).get(link).json()
        seen.append(seqs(page))
        link = page["previous"]
    assert seen == [[5, 6, 7], [2, 3, 4], [1]]


@pytest.mark.usefixtures("talk")
def test_it_pages_on_from_a_line(api: Api, alice: User, room: Room):
    seen, link = [], path(room, "?after=2&page_size=2")
    while link:
        page = api(alice).get(link).json()
        seen.append(seqs(page))
        link = page["next"]
    assert seen == [[3, 4], [5, 6], [7]]
    assert api(alice).get(path(room, "?after=7")).json() == {
        "next": None,
        "previous": path(room, "?before=8&page_size=50"),
        "results": [],
    }


@pytest.mark.usefixtures("talk")
def test_before_a_line_are_the_newest_before_it(api: Api, alice: User, room: Room):
    page = api(alice).get(path(room, "?before=5&page_size=2")).json()

    assert seqs(page) == [3, 4]
    assert page["next"] == path(room, "?after=4&page_size=2")
    assert page["previous"] == path(room, "?before=3&page_size=2")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("before=x", "before"),
        ("after=-1", "after"),
        ("after=1e9", "after"),
        ("after=" + "9" * 30, "after"),
        ("before=٣", "before"),
        ("page_size=0", "page_size"),
        ("before=1&after=1", "before"),
    ],
)
def test_nonsense_is_named(api: Api, alice: User, room: Room, query: str, field: str):
    answer = api(alice).get(path(room, f"?{query}"))

    assert answer.status_code == 400
    assert fields(answer.json()) == [field]


@pytest.mark.usefixtures("talk")
def test_a_moderator_removes_a_line(api: Api, alice: User, bob_in: User, room: Room):
    services.change_role(by=alice, room=room, user=bob_in, role="moderator")

    assert api(bob_in).delete(path(room, "3/")).status_code == 204
    assert seqs(api(alice).get(path(room)).json()) == [1, 2, 4, 5, 6, 7]
    assert Message.objects.get(chat_seq=3).text == ""
    assert api(bob_in).delete(path(room, "3/")).status_code == 404


def test_live_sockets_are_told(committed: Committed, alice: User, room: Room, talk: list[int]):
    told = committed(lambda: services.delete_message(by=alice, room=room, chat_seq=talk[1]))
    assert told == [("chat_deleted", str(room.pk), 2)]


@pytest.mark.usefixtures("talk")
def test_a_member_removes_none(api: Api, bob_in: User, room: Room):
    assert api(bob_in).delete(path(room, "3/")).status_code == 403


@pytest.mark.usefixtures("talk")
def test_a_stranger_reads_none(api: Api, charlie: User, room: Room):
    assert api(charlie).get(path(room)).status_code == 403


def test_a_line_that_is_not(api: Api, alice: User, room: Room):
    assert api(alice).delete(path(room, "1/")).status_code == 404
    assert api(alice).delete(path(room, "9" * 30 + "/")).status_code == 404
