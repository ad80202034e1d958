"""Chat in live rooms: lines go out in the order of their `chat_seq`, and gaps are filled from the log."""

from functools import partial

from sync import protocol, relay
from sync.insistence import insist
from sync.participants import Participant
from sync.ports import Chat, ChatLine
from sync.protocol import Message
from sync.relay import Relayed
from sync.room import Room
from sync.sockets import Connection

PAGE = 200
"""Lines fetched at once."""

AGAIN_SECONDS = 1.0
"""The pause between two attempts to read what a connection has missed."""


async def newest(room: Room, log: Chat) -> int:
    """The room's newest `chat_seq`."""
    if room.chat_seq is None:
        last = await log.last(room_id=room.id)
        room.chat_seq = last if room.chat_seq is None else max(last, room.chat_seq)
    return room.chat_seq


async def say(room: Room, log: Chat, participant: Participant, said: protocol.Chat) -> bool:
    """Store a line and deliver it; False if it had been said before."""
    await newest(room, log)
    line = await log.post(
        room_id=room.id,
        user_id=participant.user,
        name=participant.name,
        participant_id=participant.id,
        session=participant.id,
        id=said.id,
        text=said.text,
    )
    if line.repeated:
        return False
    message = _message(line)
    room.live.store.publish(room.id, relay.encode(Relayed("chat", message.payload, line.chat_seq)))
    await deliver(room, log, line.chat_seq, message)
    return True


def is_next(room: Room, chat_seq: int) -> bool:
    """Whether the sockets have all lines before this one, and nobody is about to send them some."""
    return room.chat_seq == chat_seq - 1 and not room.chat_lock.locked()


def tell(room: Room, chat_seq: int, message: Message) -> None:
    """Send the sockets their next line."""
    room.chat_seq = chat_seq
    room.hub.publish_chat(chat_seq, message)


async def deliver(room: Room, log: Chat, chat_seq: int, message: Message | None) -> None:
    """Send the sockets the lines up to that one; without a `message` all of them come from the log."""
    async with room.chat_lock:
        assert room.chat_seq is not None
        while room.chat_seq < chat_seq:
            if message is not None and room.chat_seq == chat_seq - 1:
                tell(room, chat_seq, message)
                return
            lines = await log.since(room_id=room.id, chat_seq=room.chat_seq, limit=PAGE)
            for each in lines:
                tell(room, each.chat_seq, _message(each))
            if not lines:
                break
        room.chat_seq = max(room.chat_seq, chat_seq)


def enter(room: Room, log: Chat, connection: Connection, after: int | None) -> None:
    """Let a new connection take part, once it has been sent the lines after `after`, in order.

    None of them when there are more than `Limits.chat_recovered`; without `after` nothing is missing. The room's newest
    `chat_seq` is known.
    """
    last = room.chat_seq or 0
    connection.chat_seq = last if after is None else min(after, last)
    if last - connection.chat_seq > room.live.limits.chat_recovered:
        connection.chat_seq = last
    if connection.chat_seq < last or connection.is_full():
        catch_up_soon(room, log, connection)
    else:
        connection.chat_live = True


def catch_up_soon(room: Room, log: Chat, connection: Connection) -> None:
    """Send what it has missed, beside what else the connection does: a log that hangs must not delay that."""
    room.live.spawn(
        insist(
            f"Missed lines of chat in room {room.id}",
            partial(catch_up, room, log, connection),
            wanted=lambda: not connection.closed,
            again=AGAIN_SECONDS,
        )
    )


async def catch_up(room: Room, log: Chat, connection: Connection) -> None:
    """Send the lines that a connection has missed, and let it take part again."""
    if connection.catching_up:
        return
    connection.catching_up = True
    try:
        while not connection.is_full() and connection.chat_seq < (last := await newest(room, log)):
            lines = await log.since(room_id=room.id, chat_seq=connection.chat_seq, limit=PAGE)
            for line in lines:
                if connection.is_full():
                    break
                connection.chat_seq = line.chat_seq
                connection.send(_message(line))
            if not lines:
                # Those up to `last` have been removed; what was said during the look is still to come.
                connection.chat_seq = last
        # What a full socket still misses is sent when it has drained.
        connection.chat_live = not connection.is_full()
        connection.missed = connection.missed or connection.is_full()
    finally:
        connection.catching_up = False


def _message(line: ChatLine) -> Message:
    by = protocol.Speaker(line.participant_id, line.user_id, line.name)
    return protocol.chat(chat_seq=line.chat_seq, by=by, text=line.text, sent_at=line.sent_at.isoformat(), id=line.id)
