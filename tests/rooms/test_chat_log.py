"""The chat log as the engine uses it."""

import asyncio

import pytest
from django.db import OperationalError

from accounts.models import User
from rooms import chat, services
from rooms.chat import ChatLog
from rooms.models import Message, Room
from sync.ports import ChatLine
from watchparty.errors import NotFound, Unavailable

pytestmark = pytest.mark.django_db(transaction=True)


async def say(room: Room, user: User, text: str, *, id: str = "1", session: str = "s") -> ChatLine:
    return await ChatLog().post(
        room_id=str(room.pk),
        user_id=str(user.pk),
        name=user.name,
        participant_id="p",
        session=session,
        id=id,
        text=text,
    )


async def test_it_works(alice: User, room: Room):
    first = await say(room, alice, "hello", id="a")
    second = await say(room, alice, "there", id="b")

    assert (first.chat_seq, second.chat_seq) == (1, 2)
    assert (first.text, first.name, first.participant_id, first.id) == ("hello", "Alice", "p", "a")
    assert first.user_id == str(alice.pk)
    assert not first.repeated
    assert await ChatLog().last(room_id=str(room.pk)) == 2
    assert await ChatLog().since(room_id=str(room.pk), chat_seq=0, limit=10) == [first, second]
    assert await ChatLog().since(room_id=str(room.pk), chat_seq=1, limit=10) == [second]
    assert await ChatLog().since(room_id=str(room.pk), chat_seq=0, limit=1) == [first]


async def test_a_repeat_takes_effect_once(alice: User, room: Room):
    first = await say(room, alice, "hello")
    again = await say(room, alice, "hello")

    assert again.repeated
    assert again.chat_seq == first.chat_seq
    assert await ChatLog().last(room_id=str(room.pk)) == 1


async def test_the_same_id_in_another_session_is_another_line(alice: User, room: Room):
    await say(room, alice, "hello", session="one")
    assert not (await say(room, alice, "hello", session="two")).repeated


async def test_many_at_once_are_numbered_without_gaps(alice: User, room: Room):
    lines = await asyncio.gather(*(say(room, alice, "all", id=str(number % 20)) for number in range(40)))

    assert sorted(line.chat_seq for line in lines if not line.repeated) == list(range(1, 21))


async def test_a_removed_line_is_not_told_again(alice: User, room: Room):
    from asgiref.sync import sync_to_async

    await say(room, alice, "rude")
    await sync_to_async(services.delete_message)(by=alice, room=room, chat_seq=1)

    assert await ChatLog().since(room_id=str(room.pk), chat_seq=0, limit=10) == []


async def test_a_closed_room_takes_no_lines(alice: User, room: Room):
    from asgiref.sync import sync_to_async

    await sync_to_async(services.close_room)(by=alice, room=room)
    with pytest.raises(NotFound):
        await say(room, alice, "anybody there?")


async def test_a_database_that_is_down_is_said_to_be(alice: User, room: Room, monkeypatch: pytest.MonkeyPatch):
    def down(**_: object) -> None:
        raise OperationalError("disk I/O error")

    monkeypatch.setattr(chat, "post_line", down)
    with pytest.raises(Unavailable):
        await say(room, alice, "hello")
    assert not await Message.objects.aexists()
