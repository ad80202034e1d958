"""Notices: what comes to live rooms from outside the engine (REST, admin, commands, signals).

Call these from ordinary synchronous code in any process, best inside `transaction.on_commit`. Where the channel
layer reaches the web processes they go over it; with the in-memory layer only the web process itself is reached by
it, and the others leave a row in sync_notice, which the web process looks for four times a second.
"""

from typing import Any, Literal

from asgiref.sync import async_to_sync
from channels import DEFAULT_CHANNEL_LAYER
from channels.layers import InMemoryChannelLayer, get_channel_layer
from msgspec import to_builtins

from sync.models import Notice
from sync.ports import RoomSettings

GROUP = "sync.notices"
MESSAGE = "sync.notice"

listening = False
"""Whether this process has live rooms, so that the in-memory layer reaches them. Set by `sync.background`."""


def kicked(room_id: str, user_id: str, reason: Literal["kicked", "banned", "not_member"] = "kicked") -> None:
    """Close every socket of that user in the room with 4403."""
    _send("kicked", room_id=room_id, user_id=user_id, reason=reason)


def role_changed(room_id: str, user_id: str, role: str) -> None:
    _send("role_changed", room_id=room_id, user_id=user_id, role=role)


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


def queue_changed(room_id: str) -> None:
    """Tell the room that its playlist changed; an empty room loads its first movie."""
    _send("queue_changed", room_id=room_id)


def item_changed(room_id: str, item_id: str, duration: float) -> None:
    """A movie of the room's playlist became ready; `duration` in seconds."""
    _send("item_changed", room_id=room_id, item_id=item_id, duration=duration)


def profile_changed(user_id: str, name: str) -> None:
    _send("profile_changed", user_id=user_id, name=name)


def by_rows() -> bool:
    """Whether other processes' notices come as rows."""
    return issubclass(_layer_class(), InMemoryChannelLayer)


def _layer_class() -> type:
    return type(get_channel_layer(DEFAULT_CHANNEL_LAYER))


def _send(kind: str, **about: Any) -> None:
    notice = {"kind": kind, **about}
    if by_rows() and not listening:
        Notice.objects.create(notice=notice)
    else:
        async_to_sync(get_channel_layer().group_send)(GROUP, {"type": MESSAGE, "notice": notice})
