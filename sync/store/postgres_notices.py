"""What processes tell each other by PostgreSQL's notices: which rows to read."""

from base64 import b64decode, b64encode
from collections.abc import Iterable
from typing import Literal

import msgspec

from sync.store import Entry, Listener
from sync.store.postgres_link import Connections
from sync.store.postgres_sql import CHANGES, MESSAGES, RECORDS, TIMELINES
from sync.timeline import Timeline

CHANNEL = "watchparty_sync"

SHORT = 5000
"""Bytes of a record or message that travels in its notice (in base64: PostgreSQL takes less than 8,000 bytes of it)."""

Kind = Literal["committed", "opened", "put", "put long", "dropped", "told", "told long", "moved"]


class Notice(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """`detail` is the `seq` of what was committed, the participant, or a long message's row. Moved: the authority."""

    process: str
    kind: Kind
    room: str = ""
    detail: str = ""
    body: str = ""
    """What is put or told, in base64, unless it is long."""

    @property
    def text(self) -> str:
        return msgspec.json.encode(self).decode()


_notice = msgspec.json.Decoder(Notice)
_timeline = msgspec.json.Decoder(Timeline)
_entry = msgspec.json.Decoder(Entry)


def of_record(process: str, room: str, id: str, record: bytes) -> str:
    if len(record) > SHORT:
        return Notice(process, "put long", room, id).text
    return Notice(process, "put", room, id, b64encode(record).decode()).text


def of_message(process: str, room: str, message: bytes) -> str | None:
    """None if it is too long."""
    return Notice(process, "told", room, "", b64encode(message).decode()).text if len(message) <= SHORT else None


def of_long_message(process: str, room: str) -> str:
    """To be completed by the database, which knows the row's id once it has stored the message."""
    return msgspec.json.encode([process, "told long", room]).decode()[:-1] + ","


def decode(texts: Iterable[str]) -> list[Notice]:
    return [_notice.decode(text) for text in texts]


async def deliver(connections: Connections, notices: list[Notice], listener: Listener) -> None:
    """Read the rows, and tell the listener in the notices' order. Raises Unreachable."""
    changes = await _changes(connections, [each for each in notices if each.kind == "committed"])
    opened = await _timelines(connections, [each for each in notices if each.kind == "opened"])
    records = await _records(connections, [each for each in notices if each.kind == "put long"])
    messages = await _messages(connections, [each for each in notices if each.kind == "told long"])
    for each in notices:
        match each.kind:
            case "committed":
                # A change that is not among the rows any more has been followed by hundreds.
                if change := changes.get((each.room, each.detail)):
                    listener.committed(each.room, *change)
            case "opened":
                if timeline := opened.get(each.room):
                    entry = Entry(timeline.seq, timeline.anchor, "resumed", None, None, None, timeline.position)
                    listener.committed(each.room, timeline, entry)
            case "put":
                listener.seen(each.room, each.detail, b64decode(each.body))
            case "put long":
                listener.seen(each.room, each.detail, records.get((each.room, each.detail)))
            case "dropped":
                listener.seen(each.room, each.detail, None)
            case "told":
                listener.told(each.room, b64decode(each.body))
            case "told long":
                if message := messages.get(each.detail):
                    listener.told(each.room, message)


async def _changes(connections: Connections, notices: list[Notice]) -> dict[tuple[str, str], tuple[Timeline, Entry]]:
    if not notices:
        return {}
    wanted = {"rooms": [each.room for each in notices], "seqs": [int(each.detail) for each in notices]}
    rows = await connections.run(CHANGES, wanted)
    return {(room, str(seq)): (_timeline.decode(text), _entry.decode(entry)) for room, seq, text, entry in rows}


async def _timelines(connections: Connections, notices: list[Notice]) -> dict[str, Timeline]:
    if not notices:
        return {}
    rows = await connections.run(TIMELINES, {"rooms": [each.room for each in notices]})
    return {room: _timeline.decode(text) for room, text in rows}


async def _records(connections: Connections, notices: list[Notice]) -> dict[tuple[str, str], bytes]:
    if not notices:
        return {}
    wanted = {"rooms": [each.room for each in notices], "ids": [each.detail for each in notices]}
    return {(room, id): record for room, id, record in await connections.run(RECORDS, wanted)}


async def _messages(connections: Connections, notices: list[Notice]) -> dict[str, bytes]:
    if not notices:
        return {}
    rows = await connections.run(MESSAGES, {"ids": [int(each.detail) for each in notices]})
    return {str(id): message for id, message in rows}
