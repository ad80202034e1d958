"""Notices: what comes to live rooms from outside the engine (REST, admin, commands, signals).

Call these from ordinary synchronous code in any process. A notice is a row in the table sync_notice, part of the
caller's transaction, and after the commit a nudge over the channel layer: the web processes look at once. A nudge that
is lost, because Redis is away or has just come back, costs half a second, for they look regularly anyway.

Embedded, where the one web process is the only one with rooms, its own notices go over the in-memory channel layer, and
the worker's and the commands' are rows that it looks for four times a second.
"""

import asyncio
from typing import Any, Literal

from asgiref.sync import async_to_sync
from channels import DEFAULT_CHANNEL_LAYER
from channels.layers import InMemoryChannelLayer, get_channel_layer
from django.db import transaction
from msgspec import to_builtins

from sync.models import Notice
from sync.ports import RoomSettings
from watchparty.outage import Outage

GROUP = "sync.notices"
MESSAGE = "sync.notice"
PUBLISH_SECONDS = 0.5
_outage = Outage("The channel layer")

listening = False
"""Whether this process has live rooms, so that the in-memory layer reaches them. Set by `sync.notice_reader`."""


def kicked(room_id: str, user_id: str, reason: Literal["kicked", "banned", "not_member"] = "kicked") -> None:
    """Close every socket of that user in the room with 4403."""
    _send("kicked", room_id=room_id, user_id=user_id, reason=reason)


def role_changed(room_id: str, user_id: str, role: str) -> None:
    _send("role_changed", room_id=room_id, user_id=user_id, role=role)


def rights_changed(room_id: str, user_id: str, *, muted: bool, controls: bool) -> None:
    """Whether a member is muted, and may control whatever their role."""
    _send("rights_changed", room_id=room_id, user_id=user_id, muted=muted, controls=controls)


def control_asked(room_id: str, user_id: str, name: str, state: Literal["asked", "granted", "declined"]) -> None:
    """Tell who may grant it, and who asked, how it is with somebody's wish to control the room."""
    _send("control_asked", room_id=room_id, user_id=user_id, name=name, state=state)


def settings_changed(room_settings: RoomSettings) -> None:
    """Tell the room, and go by the new settings at once."""
    _send("settings_changed", room_settings=to_builtins(room_settings))


def room_closed(room_id: str) -> None:
    """Close every socket in the room with 4410, and forget its timeline."""
    _send("room_closed", room_id=room_id)


def signed_out(sid: str) -> None:
    """Close the sockets of that signed-in device with 4401."""
    _send("signed_out", sid=sid)


def user_signed_out(user_id: str, but_sid: str | None = None) -> None:
    """Close all sockets of that user with 4401, but those of one device."""
    _send("user_signed_out", user_id=user_id, but_sid=but_sid)


def chat_deleted(room_id: str, chat_seq: int) -> None:
    _send("chat_deleted", room_id=room_id, chat_seq=chat_seq)


def chat_posted(room_id: str, chat_seq: int) -> None:
    """A line was stored by other ways than a socket: the room is told of it."""
    _send("chat_posted", room_id=room_id, chat_seq=chat_seq)


def skip_voted(room_id: str, user_id: str, item_id: str, *, wanted: bool) -> None:
    """Somebody wants to skip that movie, or no longer does. When most of those present do, the next one is loaded."""
    _send("skip_voted", room_id=room_id, user_id=user_id, item_id=item_id, wanted=wanted)


def queue_changed(room_id: str) -> None:
    """Tell the room that its playlist changed; an empty room loads its first movie."""
    _send("queue_changed", room_id=room_id)


def item_changed(room_id: str, item_id: str, duration: float) -> None:
    """A movie of the room's playlist became ready; `duration` in seconds."""
    _send("item_changed", room_id=room_id, item_id=item_id, duration=duration)


def profile_changed(user_id: str, name: str) -> None:
    _send("profile_changed", user_id=user_id, name=name)


def by_rows() -> bool:
    """Whether the channel layer stays within this process, so that others' notices come as rows alone."""
    return issubclass(_layer_class(), InMemoryChannelLayer)


def _layer_class() -> type:
    return type(get_channel_layer(DEFAULT_CHANNEL_LAYER))


def _send(kind: str, **about: Any) -> None:
    notice = {"kind": kind, **about}
    if by_rows() and listening:
        # Functions with names: Django's log of what fails after a commit wants one.
        def publish() -> None:
            _publish({"type": MESSAGE, "notice": notice})

        transaction.on_commit(publish, robust=True)
    else:
        Notice.objects.create(notice=notice)
        if not by_rows():
            transaction.on_commit(_nudge, robust=True)


def _nudge() -> None:
    """The first publish after a restart of Redis raises, so there is a second; then the row has to do."""
    if _outage.lasts():
        return
    try:
        _publish({"type": MESSAGE})
    except Exception:  # whatever the layer raises
        try:
            _publish({"type": MESSAGE})
        except Exception as error:
            _outage.failed(error)


def _publish(message: dict[str, Any]) -> None:
    async_to_sync(_group_send)(message)


async def _group_send(message: dict[str, Any]) -> None:
    async with asyncio.timeout(PUBLISH_SECONDS):
        await get_channel_layer().group_send(GROUP, message)
