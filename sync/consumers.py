"""The room's WebSocket: handshake, admission and parsing. What a message does is decided elsewhere."""

import asyncio
import logging
from functools import partial
from time import monotonic
from typing import Any, Literal
from urllib.parse import parse_qs

from channels.consumer import AsyncConsumer
from channels.exceptions import StopConsumer
from django.db import Error as DatabaseTrouble

from sync import background, chat, commands, effects, engine, presence, protocol, relay, sessions, settling
from sync.live import Live
from sync.participants import Participant
from sync.ports import Admission, Admit, Chat, Items, Refused
from sync.protocol import BadMessage, Clock, Command, Message, Status
from sync.refusals import Refusals
from sync.relay import Relayed
from sync.room import Room
from sync.sockets import AsgiConnection, Connection, DirectConnection, Send
from sync.store import Unreachable
from sync.turns import Turns
from sync.uvicorn_protocol import EXTENSION
from watchparty.errors import DomainError, NotFound, Unavailable

logger = logging.getLogger(__name__)

Said = Command | protocol.Chat | protocol.Reaction | protocol.Typing | protocol.Sync
"""What counts towards a connection's messages a second."""

TYPING_SECONDS = 1.0
"""One participant's typing is passed on at most once in so many seconds."""


class RoomConsumer(AsyncConsumer):  # type: ignore[misc] # channels has no type hints
    """One socket in a room. `as_asgi(admit=…, chat=…, items=…)` passes the ports of `sync.ports`."""

    def __init__(self, *, admit: Admit, chat: Chat, items: Items, live: Live | None = None) -> None:
        self._admit = admit
        self._log = chat
        self._items = items
        self._live = live or engine.live()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Send) -> None:
        """Take events in their order until the socket is gone.

        No channel-layer queue for each socket, and no hop through the database thread for each event, as the base
        class would have it: on this path each costs more than all the rest.
        """
        self.scope = scope
        self._send = send
        self._connection: Connection | None = None
        self._participant: Participant | None = None
        # A task of its own: whatever wakes it passes through every frame between it and its task, and the routers and
        # middleware around this add six, for each message twice.
        await asyncio.get_running_loop().create_task(self._listen(receive))

    async def _listen(self, receive: Any) -> None:
        try:
            while True:
                event = await receive()
                if event["type"] == "websocket.receive":
                    await self._received(event.get("text"))
                else:
                    await self.dispatch(event)
        except StopConsumer:
            return
        finally:
            await self._gone()

    async def dispatch(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "websocket.connect":
                await self._connect()
            case "websocket.disconnect":
                raise StopConsumer

    # Coming and going

    async def _connect(self) -> None:
        began = monotonic()
        code = self.scope["url_route"]["kwargs"]["code"]
        try:
            admission = await self._admit(self.scope, code)
            await background.start(self._live, self._items, self._log)
            room = await commands.enter(self._live, admission.room, self._items)
            await chat.newest(room, self._log)
        except Refused as refused:
            if refused.status is not None:
                await self._send({"type": "websocket.close"})
                raise StopConsumer from None
            await self._refuse(refused.close_code, refused.reason)
        except NotFound:
            await self._refuse(4410, "closed")
        except (Unavailable, Unreachable, DatabaseTrouble):
            logger.exception("Nobody can be admitted at present")
            await self._refuse(1013, "unavailable")
        await self._accept()
        await self._enter(room, admission, began)

    async def _accept(self) -> None:
        offered = self.scope.get("subprotocols", ())
        subprotocol = protocol.SUBPROTOCOL if protocol.SUBPROTOCOL in offered else None
        await self._send({"type": "websocket.accept", "subprotocol": subprotocol})

    async def _refuse(self, code: int, reason: str) -> None:
        """Accept, then close: a browser sees nothing of a refused upgrade's code."""
        await self._accept()
        await self._send({"type": "websocket.close", "code": code, "reason": reason})
        raise StopConsumer

    async def _enter(self, room: Room, admission: Admission, began: float) -> None:
        limits = self._live.limits
        query = parse_qs(self.scope.get("query_string", b"").decode("latin-1"))
        resumes = sessions.participant_of(query.get("session", [""])[0], room=room.id, user=admission.user_id)
        known = room.participants.get(resumes or "")
        replaces = known is not None and known.connected
        connection = self._open_connection()
        most = limits.connections_per_user
        if most and not replaces and presence.connections_of(room, admission.user_id) >= most:
            connection.close(4429, "connections")
            return
        now = monotonic()
        self._room = room
        self._refusals = Refusals(connection, limits, now)
        self._talk, self._acts = Turns(connection), Turns(connection)
        self._kept_status: Status | None = None
        self._typed = 0.0
        # Notices that came while this one was being admitted found no participant here; and the admission is older.
        meanwhile = [notice for at, notice in self._live.recent if at >= began]
        for notice in meanwhile:
            admission = effects.amended(notice, admission)
        if admission.room != room.settings:
            room.configure(admission.room)
        participant = presence.join(room, admission, connection, resumes=resumes)
        self._connection, self._participant = connection, participant
        for notice in meanwhile:
            if verdict := effects.refuses(notice, room.id, participant):
                connection.close(*verdict)
                presence.leave(room, participant)
                return
        connection.send(
            protocol.welcome(
                room.snapshot(chat_seq=room.chat_seq or 0),
                session=sessions.sign(participant.id, room=room.id, user=admission.user_id),
                you=participant.view,
                interval=limits.heartbeat_interval,
                timeout=limits.heartbeat_timeout,
            )
        )
        connection.on_drained = self._drained
        after = _number(query.get("chat_seq", [""])[0]) if resumes else None
        chat.enter(room, self._log, connection, after)
        settling.soon(room)

    def _open_connection(self) -> Connection:
        raw = self.scope.get("extensions", {}).get(EXTENSION)
        return AsgiConnection(self._send) if raw is None else DirectConnection(raw)

    async def _gone(self) -> None:
        if self._participant is None or self._connection is None:
            return
        participant, self._participant = self._participant, None
        self._connection.closed = True
        self._connection.on_drained = None  # which holds this consumer, and by it the connection
        if presence.went_offline(self._room, participant, self._connection):
            settling.soon(self._room, by=participant.id)
        await self._talk.end()
        await self._acts.end()

    def _drained(self) -> None:
        """A socket that was full takes messages again: what holds now, then the chat it missed."""
        assert self._connection is not None
        room = self._room
        if room.newest is not None:
            self._connection.send(room.newest)
        self._connection.send(protocol.snapshot(room.snapshot(chat_seq=room.chat_seq or 0)))
        chat.catch_up_soon(room, self._log, self._connection)

    # Messages

    async def _received(self, text: str | None) -> None:
        connection = self._connection
        if connection is None or connection.closed:
            return
        connection.heard = now = monotonic()
        room, refusals = self._room, self._refusals
        room.heard = room.now()
        if text is None:
            refusals.bad(BadMessage("Expected a text frame, got a binary one.", rubbish=True), now)
            return
        # At most 4 bytes a character: only what may be too large is encoded to be measured.
        if len(text) > protocol.LARGEST_FRAME // 4 and len(text.encode()) > protocol.LARGEST_FRAME:
            connection.close(4400, "too_large")
            return
        try:
            message = protocol.decode(text)
        except BadMessage as bad:
            if refusals.allows(refusals.messages, now, bad.id):
                refusals.bad(bad, now)
            return
        if isinstance(message, Status):
            self._status(message, now)
        elif isinstance(message, Clock):
            if refusals.allows(refusals.reports, now, None):
                self._clock(message)
        elif refusals.allows(refusals.messages, now, getattr(message, "id", None)):
            await self._handle(message, now)

    async def _handle(self, message: Said, now: float) -> None:
        participant, room = self._participant, self._room
        assert participant is not None
        try:
            match message:
                case protocol.Play() | protocol.Pause() | protocol.Seek() | protocol.Rate() | protocol.Load():
                    # A `load` asks the database; what was commanded after it comes after it.
                    if isinstance(message, protocol.Load) or self._acts.busy:
                        self._acts.take(partial(self._act, participant, message))
                    else:
                        await self._command(participant, message)
                case protocol.Chat():
                    self._talk.take(partial(self._say, participant, message))
                case protocol.Reaction():
                    if await self._live.store.remember(room.id, (participant.id, message.id)):
                        self._pass_on("reaction", protocol.reaction(participant.speaker, message.emoji))
                    else:
                        self._reply(protocol.ack(message.id, room.timeline.seq))
                case protocol.Typing():
                    if now - self._typed >= TYPING_SECONDS:
                        self._typed = now
                        self._pass_on("typing", protocol.typing(participant.speaker), but=participant.id)
                case protocol.Sync():
                    self._reply(protocol.snapshot(room.snapshot(chat_seq=room.chat_seq or 0)))
        except (DomainError, Unreachable, DatabaseTrouble) as trouble:
            self._failed(message, trouble)

    async def _act(self, participant: Participant, command: Command) -> None:
        if self._room.participants.get(participant.id) is not participant:
            return  # put out of the room meanwhile
        try:
            await self._command(participant, command)
        except (DomainError, Unreachable, DatabaseTrouble) as trouble:
            self._failed(command, trouble)

    async def _say(self, participant: Participant, said: protocol.Chat) -> None:
        room = self._room
        if room.participants.get(participant.id) is not participant:
            return  # put out of the room meanwhile
        try:
            if not await chat.say(room, self._log, participant, said):
                self._reply(protocol.ack(said.id, room.timeline.seq))
        except (DomainError, Unreachable, DatabaseTrouble) as trouble:
            self._failed(said, trouble)

    def _failed(self, message: Said, trouble: Exception) -> None:
        """The answer to a message is what stood in its way."""
        id = getattr(message, "id", None)
        if isinstance(trouble, DomainError):
            self._refusals.domain(trouble, id)
        else:
            logger.error("A %s failed", type(message).__name__, exc_info=trouble)
            self._reply(protocol.error("unavailable", "The database can't be reached; try again.", id=id))

    def _pass_on(self, kind: Literal["reaction", "typing"], message: Message, *, but: str | None = None) -> None:
        """To everybody in the room `but` one, in all processes."""
        room = self._room
        room.hub.publish(message, but=but)
        self._live.store.publish(room.id, relay.encode(Relayed(kind, message.payload, but=but)))

    async def _command(self, participant: Participant, command: Command) -> None:
        applied = await commands.apply(
            self._room,
            command,
            items=self._items,
            role=participant.role,
            user=participant.user,
            session=participant.id,
            by=participant,
            granted=participant.controls,
        )
        if not applied.changed:
            self._reply(protocol.ack(command.id, applied.timeline.seq))

    def _clock(self, exchange: Clock) -> None:
        room = self._room
        received = room.heard
        if self._participant is not None:
            presence.measure(room, self._participant, exchange)
        self._reply(protocol.clock(exchange.t0, received, room.now(), room.timeline.seq))

    def _status(self, status: Status, now: float) -> None:
        """Take a status; over the rate the newest one is kept until it may be taken."""
        if self._kept_status is None and self._refusals.reports.take(now):
            self._report(status)
            return
        if self._kept_status is None:
            asyncio.get_running_loop().call_later(self._refusals.reports.wait(now), self._take_kept)
        else:
            self._refusals.count(now)
        self._kept_status = status

    def _report(self, status: Status) -> None:
        participant = self._participant
        # A status that was kept may outlive its connection, and its participant may have been put out.
        if participant is not None and participant.connection is self._connection:
            presence.report(self._room, participant, status)
            settling.soon(self._room, by=participant.id)

    def _take_kept(self) -> None:
        status, self._kept_status = self._kept_status, None
        if status is not None:
            self._report(status)

    def _reply(self, message: Message) -> None:
        if self._connection is not None:
            self._connection.send(message)


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 16 else None
