"""The WebSocket protocol of one of several workers: sockets are passed on to their room's home."""

import asyncio
import logging
import socket
from typing import Any, ClassVar, cast

from uvicorn.config import Config
from uvicorn.server import ServerState
from websockets.http11 import Request

from sync.uvicorn_protocol import RoomProtocol
from watchparty.neighbours import Neighbours

logger = logging.getLogger(__name__)


class NeighbourProtocol(RoomProtocol):
    neighbours: ClassVar[Neighbours]
    """Set once, before the first connection."""

    arrived_with = b""
    """The request of a connection that a neighbour has passed on."""
    _slot: int | None = None
    """Where this one is counted."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        if self.arrived_with:
            self.data_received(self.arrived_with)

    def handle_connect(self, event: Request) -> None:
        slot = self.neighbours.slot(event.path)
        if slot is not None:
            if self.neighbours.is_home(slot):
                self._slot = slot
                self.neighbours.board.count(slot, +1)
            elif self.neighbours.pass_on(slot, event.serialize(), self.transport.get_extra_info("socket").fileno()):
                # Our descriptor goes, the connection lives on with the other one.
                self.transport.abort()
                return
        super().handle_connect(event)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._slot is not None:
            self.neighbours.board.count(self._slot, -1)
            self._slot = None
        super().connection_lost(exc)


def begin(neighbours: Neighbours, config: Config, state: ServerState, app_state: dict[str, Any]) -> None:
    """Take what neighbours pass on, from now until the loop ends."""
    loop = asyncio.get_running_loop()
    under_way: set[asyncio.Task[Any]] = set()

    def arrived(request: bytes, connected: socket.socket) -> None:
        protocol = cast(type[NeighbourProtocol], config.ws_protocol_class)(config, state, app_state)
        protocol.arrived_with = request
        connected.setblocking(False)
        task = loop.create_task(loop.connect_accepted_socket(lambda: protocol, connected))
        under_way.add(task)
        task.add_done_callback(ended)

    def ended(task: asyncio.Task[Any]) -> None:
        under_way.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.warning("A connection that was passed on is gone: %s", error)

    loop.add_reader(neighbours.inbox, neighbours.take, arrived)
