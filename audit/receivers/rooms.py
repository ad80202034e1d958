"""What happens in rooms: settings, who is in, roles, bans, invites, the queue, removed chat lines."""

from collections.abc import Mapping
from typing import Any

from accounts.models import User
from audit.facts import Fact, Value
from audit.receivers.hearing import hears, id_of
from audit.services import record
from rooms import signals
from rooms.models import Invite, Message, QueueEntry, Room


@hears(signals.room_created)
def room_created(*, room: Room, by: User | None, **rest: Any) -> None:
    data = {"visibility": room.visibility, "control": room.control}
    record(fact=Fact.ROOM_CREATED, by=id_of(by), room=room.pk, subject=room.pk, data=data)


@hears(signals.room_changed)
def room_changed(*, room: Room, by: User | None, changes: Mapping[str, Any], **rest: Any) -> None:
    # Which settings, not what to: a name is a text of somebody's, and a ledger forgets nothing.
    record(fact=Fact.ROOM_CHANGED, by=id_of(by), room=room.pk, subject=room.pk, data={"changed": sorted(changes)})


@hears(signals.room_closed)
def room_closed(*, room: Room, by: User | None, **rest: Any) -> None:
    record(fact=Fact.ROOM_CLOSED, by=id_of(by), room=room.pk, subject=room.pk)


@hears(signals.member_joined)
def member_joined(*, room: Room, by: User | None, user: User, role: str, **rest: Any) -> None:
    record(fact=Fact.MEMBER_JOINED, by=id_of(by), room=room.pk, subject=user.pk, data={"role": str(role)})


@hears(signals.member_left)
def member_left(*, room: Room, by: User | None, user: User, **rest: Any) -> None:
    record(fact=Fact.MEMBER_LEFT, by=id_of(by), room=room.pk, subject=user.pk)


@hears(signals.member_kicked)
def member_kicked(*, room: Room, by: User | None, user: User, **rest: Any) -> None:
    record(fact=Fact.MEMBER_KICKED, by=id_of(by), room=room.pk, subject=user.pk)


@hears(signals.role_changed)
def role_changed(*, room: Room, by: User | None, user: User, role: str, before: str, **rest: Any) -> None:
    data = {"role": str(role), "before": str(before)}
    record(fact=Fact.MEMBER_ROLE_CHANGED, by=id_of(by), room=room.pk, subject=user.pk, data=data)


@hears(signals.member_muted)
def member_muted(*, room: Room, by: User | None, user: User, muted: bool, **rest: Any) -> None:
    record(fact=Fact.MEMBER_MUTED, by=id_of(by), room=room.pk, subject=user.pk, data={"muted": muted})


@hears(signals.control_asked)
def control_asked(*, room: Room, by: User | None, user: User, **rest: Any) -> None:
    record(fact=Fact.MEMBER_ASKED_CONTROL, by=id_of(by), room=room.pk, subject=user.pk)


@hears(signals.control_granted)
def control_granted(*, room: Room, by: User | None, user: User, granted: bool, **rest: Any) -> None:
    record(fact=Fact.MEMBER_CONTROL, by=id_of(by), room=room.pk, subject=user.pk, data={"granted": granted})


@hears(signals.member_banned)
def member_banned(*, room: Room, by: User | None, user: User, **rest: Any) -> None:
    record(fact=Fact.MEMBER_BANNED, by=id_of(by), room=room.pk, subject=user.pk)


@hears(signals.member_unbanned)
def member_unbanned(*, room: Room, by: User | None, user: User, **rest: Any) -> None:
    record(fact=Fact.MEMBER_UNBANNED, by=id_of(by), room=room.pk, subject=user.pk)


@hears(signals.invite_created)
def invite_created(*, room: Room, by: User | None, invite: Invite, **rest: Any) -> None:
    data: dict[str, Value] = {"max_uses": invite.max_uses, "mailed": invite.email is not None}
    record(fact=Fact.INVITE_CREATED, by=id_of(by), room=room.pk, subject=invite.pk, data=data)


@hears(signals.invite_revoked)
def invite_revoked(*, room: Room, by: User | None, invite: Invite, **rest: Any) -> None:
    record(fact=Fact.INVITE_REVOKED, by=id_of(by), room=room.pk, subject=invite.pk)


@hears(signals.invite_accepted)
def invite_accepted(*, room: Room, by: User | None, invite: Invite, **rest: Any) -> None:
    record(fact=Fact.INVITE_ACCEPTED, by=id_of(by), room=room.pk, subject=invite.pk)


@hears(signals.queue_entry_added)
def queue_entry_added(*, room: Room, by: User | None, entry: QueueEntry, **rest: Any) -> None:
    data = {"movie": str(entry.movie_id)}
    record(fact=Fact.QUEUE_ADDED, by=id_of(by), room=room.pk, subject=entry.pk, data=data)


@hears(signals.queue_entry_moved)
def queue_entry_moved(*, room: Room, by: User | None, entry: QueueEntry, position: int, **rest: Any) -> None:
    data: dict[str, Value] = {"movie": str(entry.movie_id), "position": position}
    record(fact=Fact.QUEUE_MOVED, by=id_of(by), room=room.pk, subject=entry.pk, data=data)


@hears(signals.queue_entry_removed)
def queue_entry_removed(*, room: Room, by: User | None, entry: QueueEntry, **rest: Any) -> None:
    data = {"movie": str(entry.movie_id)}
    record(fact=Fact.QUEUE_REMOVED, by=id_of(by), room=room.pk, subject=entry.pk, data=data)


@hears(signals.message_deleted)
def message_deleted(*, room: Room, by: User | None, message: Message, **rest: Any) -> None:
    # The author, not the text, which is what was taken back.
    author = message.user_id
    record(
        fact=Fact.MESSAGE_DELETED,
        by=id_of(by),
        room=room.pk,
        subject=author,
        data={"chat_seq": message.chat_seq},
    )
