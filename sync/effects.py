"""What each notice does to the live rooms of this process."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Any

import msgspec

from sync import commands, loading, presence, protocol, relay, settling, upnext
from sync.live import Live
from sync.participants import Participant
from sync.ports import Admission, Items, RoomSettings
from sync.relay import Relayed
from sync.room import Room

Notice = dict[str, Any]
Concerns = Callable[[str, Participant], bool]


async def take(live: Live, notice: Notice, items: Items) -> None:
    """Apply a notice of `sync.notices`."""
    room = live.rooms.get(notice.get("room_id", ""))
    match notice["kind"]:
        case "kicked" | "signed_out" | "user_signed_out" as kind:
            concerned = _concerned(notice)
            for each in [room] if kind == "kicked" else list(live.rooms.values()):
                if each is not None:
                    _turn_out(each, notice, concerned)
        case "profile_changed":
            for each, participant in _of_user(live.rooms.values(), notice["user_id"]):
                presence.change(each, participant, name=notice["name"])
        case "role_changed" if room:
            for _, participant in _of_user([room], notice["user_id"]):
                presence.change(room, participant, role=notice["role"])
            settling.soon(room)
        case "rights_changed" if room:
            for _, participant in _of_user([room], notice["user_id"]):
                presence.change(room, participant, muted=notice["muted"], controls=notice["controls"])
        case "control_asked" if room:
            _tell_of_wish(room, notice)
        case "settings_changed":
            settings = msgspec.convert(notice["room_settings"], RoomSettings)
            if room := live.rooms.get(settings.id):
                room.configure(settings)
                room.hub.publish(protocol.room(room.view))
                settling.soon(room)
        case "room_closed":
            await _close(live, notice["room_id"])
        case "chat_deleted" if room:
            room.hub.publish(protocol.chat_deleted(notice["chat_seq"]))
        case "chat_posted" if room:
            # As if another process had said it: the line is read from the log, in its place.
            live.told(room.id, relay.encode(Relayed("chat", chat_seq=notice["chat_seq"])))
        case "skip_voted" if room:
            upnext.vote(room, user=notice["user_id"], item=notice["item_id"], wanted=notice["wanted"])
        case "queue_changed" if room:
            room.hub.publish(protocol.queue())
            loading.soon(room, partial(loading.load_first, room, items))
        case "item_changed" if room:
            loading.soon(room, partial(loading.item_measured, room, notice["item_id"], notice["duration"]))
            room.hub.publish(protocol.movie(notice["item_id"]))


def refuses(notice: Notice, room: str, participant: Participant) -> tuple[int, str] | None:
    """Close code and reason, if the notice puts this participant out of the room."""
    match notice["kind"]:
        case "kicked" | "signed_out" | "user_signed_out":
            return _verdict(notice) if _concerned(notice)(room, participant) else None
        case "room_closed":
            return (4410, "closed") if notice["room_id"] == room else None
    return None


def amended(notice: Notice, admission: Admission) -> Admission:
    """The admission as it would be after the notice."""
    about_user = notice.get("user_id") == admission.user_id
    match notice["kind"]:
        case "role_changed" if about_user and notice["room_id"] == admission.room.id:
            return replace(admission, role=notice["role"])
        case "rights_changed" if about_user and notice["room_id"] == admission.room.id:
            return replace(admission, muted=notice["muted"], controls=notice["controls"])
        case "profile_changed" if about_user:
            return replace(admission, name=notice["name"])
        case "settings_changed" if notice["room_settings"]["id"] == admission.room.id:
            return replace(admission, room=msgspec.convert(notice["room_settings"], RoomSettings))
    return admission


def _concerned(notice: Notice) -> Concerns:
    match notice["kind"]:
        case "kicked":
            return lambda room, one: room == notice["room_id"] and one.user == notice["user_id"]
        case "signed_out":
            return lambda _, one: one.sid == notice["sid"]
    return lambda _, one: one.user == notice["user_id"] and (one.sid is None or one.sid != notice["but_sid"])


def _verdict(notice: Notice) -> tuple[int, str]:
    return (4403, notice["reason"]) if notice["kind"] == "kicked" else (4401, "signed_out")


def _turn_out(room: Room, notice: Notice, concerned: Concerns) -> None:
    code, reason = _verdict(notice)
    # Who is connected elsewhere is put out by that process.
    here = [one for one in room.participants.values() if one.connection is not None or not one.connected]
    out = [one for one in here if concerned(room.id, one)]
    for participant in out:
        if participant.connection is not None:
            participant.connection.close(code, reason)
        presence.leave(room, participant)
    if out:
        settling.soon(room)


def _tell_of_wish(room: Room, notice: Notice) -> None:
    """Only to whom it concerns, on whichever of their tabs."""
    user, control = notice["user_id"], room.settings.control
    message = protocol.control_request(user, notice["name"], notice["state"])
    for one in room.participants.values():
        if one.connection is not None and (one.user == user or commands.may_grant(one.role, control)):
            one.connection.send(message)


async def _close(live: Live, id: str) -> None:
    if room := live.rooms.get(id):
        for connection in list(room.hub.connections.values()):
            connection.close(4410, "closed")
        for participant in list(room.participants.values()):
            presence.leave(room, participant)
        await live.close(room, for_good=True)
    await live.archive.delete(id)


def _of_user(rooms: Iterable[Room], user: str) -> list[tuple[Room, Participant]]:
    return [(room, one) for room in rooms for one in list(room.by_user.get(user, {}).values())]
