"""Every write says what it did, inside its transaction: the audit trail listens."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.dispatch import Signal

from accounts.models import User
from movies.models import Movie
from rooms import chat, services, signals
from rooms.models import Room

DECLARED = {name: signal for name, signal in vars(signals).items() if isinstance(signal, Signal)}


@pytest.fixture
def heard() -> Any:
    found: list[tuple[str, dict[str, Any]]] = []
    receivers: list[tuple[Signal, Callable[..., None]]] = []
    for name, signal in DECLARED.items():

        def hear(sender: Any, *, _name: str = name, **about: Any) -> None:
            assert transaction.get_connection().in_atomic_block
            found.append((_name, about))

        signal.connect(hear)
        receivers.append((signal, hear))
    yield found
    for signal, receiver in receivers:
        signal.disconnect(receiver)


def test_it_works(heard: list[tuple[str, dict[str, Any]]], alice: User, bob: User, film: Movie):
    room = services.create_room(by=alice, name="Club", visibility="unlisted")
    services.change_room(by=alice, room=room, password="sesame", name="Pub")
    services.join(by=bob, room=room, password="sesame")
    services.change_role(by=alice, room=room, user=bob, role="moderator")
    services.change_role(by=alice, room=room, user=bob, role="member")
    services.change_room(by=alice, room=room, control="host")
    services.mute(by=alice, room=room, user=bob)
    services.ask_for_control(by=bob, room=room)
    services.grant_control(by=alice, room=room, user=bob)
    services.leave(by=bob, room=room)
    invite, token = services.create_invite(by=alice, room=room)
    services.accept_invite(by=bob, token=token, asker="b")
    services.kick(by=alice, room=room, user=bob)
    services.ban(by=alice, room=room, user=bob)
    services.unban(by=alice, room=room, user=bob)
    guest, _room = services.admit_guest(token=token, display_name="Gus", address="g")
    services.revoke_invite(by=alice, invite=invite)
    entry = services.add_to_queue(by=alice, room=room, movie=film)
    services.move_in_queue(by=alice, entry=entry, position=3)
    services.remove_from_queue(by=alice, entry=entry)
    chat.post_line(
        room_id=str(room.pk), user_id=str(alice.pk), name="Alice", participant_id="p", session="s", id="1", text="hi"
    )
    services.delete_message(by=alice, room=room, chat_seq=1)
    services.close_room(by=alice, room=room)

    assert [name for name, _about in heard] == [
        "room_created",
        "room_changed",
        "member_joined",
        "role_changed",
        "role_changed",
        "room_changed",
        "member_muted",
        "control_asked",
        "control_granted",
        "member_left",
        "invite_created",
        "member_joined",
        "invite_accepted",
        "member_kicked",
        "member_banned",
        "member_unbanned",
        "member_joined",
        "invite_accepted",
        "guest_admitted",
        "invite_revoked",
        "queue_entry_added",
        "queue_entry_moved",
        "queue_entry_removed",
        "message_deleted",
        "room_closed",
    ]
    assert {name for name, _about in heard} == set(DECLARED)
    assert all(about["room"] == room for _name, about in heard)
    assert {about["by"] for _name, about in heard} == {alice, bob, guest}


def test_a_password_is_never_told(heard: list[tuple[str, dict[str, Any]]], alice: User, room: Room):
    services.change_room(by=alice, room=room, password="sesame")
    services.change_room(by=alice, room=room, password="")

    changes = [about["changes"] for name, about in heard if name == "room_changed"]
    assert changes == [{"password": "set"}, {"password": ""}]


def test_what_changed_nothing_says_nothing(
    heard: list[tuple[str, dict[str, Any]]], alice: User, bob_in: User, room: Room
):
    heard.clear()
    services.change_room(by=alice, room=room, name=room.name)
    services.join(by=bob_in, room=room)
    services.change_role(by=alice, room=room, user=bob_in, role="member")

    assert heard == []
