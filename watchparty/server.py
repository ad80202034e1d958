"""The web process: ``python -m watchparty.server``. One place for how uvicorn is run, in every mode.

HOST and PORT say where; WORKERS how many processes share the port, ROOM_TOGETHER how many of a room's sockets they keep
in one of them; FORWARDED_ALLOW_IPS (empty by default) whose X-Forwarded-… headers are believed.
"""

import argparse
import asyncio
import os
import socket
import sys

import uvicorn
from uvicorn.config import STARTUP_FAILURE

from watchparty.neighbours import Neighbours
from watchparty.workers import Workers

# The protocol refuses larger frames with 4400; a frame that is far larger is not even read.
WS_MAX_BYTES = 64 * 1024
GRACEFUL_SECONDS = 10
PULSE_EVERY = 1.0


ROOM_TOGETHER = 64
"""From about here on a room's frames cost more than having its commands in several workers."""


def config(*, ws: str = "sync.uvicorn_protocol:RoomProtocol") -> uvicorn.Config:
    return uvicorn.Config(
        "watchparty.asgi:application",
        host=os.environ.get("HOST", "127.0.0.1"),
        port=int(os.environ.get("PORT", "8000")),
        loop="uvloop",
        http="watchparty.outlet:FileProtocol",
        ws=ws,
        ws_max_size=WS_MAX_BYTES,
        ws_per_message_deflate=False,
        # The protocol's own heartbeat notices who is gone; a pong says nothing about the page.
        ws_ping_interval=None,
        lifespan="on",
        timeout_graceful_shutdown=GRACEFUL_SECONDS,
        forwarded_allow_ips=os.environ.get("FORWARDED_ALLOW_IPS", ""),
        server_header=False,
        access_log=os.environ.get("ACCESS_LOG", "") == "1",
        log_config=None,
    )


class Worker(uvicorn.Server):
    """One of several processes; it shows the one that started it that it is alive, and ends with it."""

    def __init__(self, config: uvicorn.Config, lifeline: socket.socket, neighbours: Neighbours) -> None:
        super().__init__(config)
        self._lifeline = lifeline
        self._neighbours = neighbours

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        from sync import uvicorn_neighbours  # after the settings

        uvicorn_neighbours.NeighbourProtocol.neighbours = self._neighbours
        await super().startup(sockets)
        if self.should_exit:
            return
        uvicorn_neighbours.begin(self._neighbours, self.config, self.server_state, self.lifespan.state)
        self._lifeline.setblocking(False)
        asyncio.get_running_loop().add_reader(self._lifeline, self._orphaned)
        self._pulse()

    def _pulse(self) -> None:
        try:
            self._lifeline.send(b".")
        except BlockingIOError:
            pass  # nobody has looked for long; there is enough to be seen
        except OSError:
            return
        asyncio.get_running_loop().call_later(PULSE_EVERY, self._pulse)

    def _orphaned(self) -> None:
        asyncio.get_running_loop().remove_reader(self._lifeline)
        self.should_exit = True


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--worker", type=int, nargs="+", help=argparse.SUPPRESS)
    worker: list[int] | None = options.parse_args().worker
    workers = int(os.environ.get("WORKERS", "1"))
    if worker is not None:
        _serve_as_worker(*worker)
    elif workers > 1:
        plan = config()
        command = [sys.executable, "-m", "watchparty.server"]
        sys.exit(Workers(workers, plan.host, plan.port, command, patience=GRACEFUL_SECONDS + 5).run())
    else:
        server = uvicorn.Server(config())
        server.run()
        if not server.started:
            sys.exit(STARTUP_FAILURE)


def _serve_as_worker(number: int, lifeline: int, board: int, inbox: int, *outboxes: int) -> None:
    """`number` of so many workers as there are `outboxes`; the others are descriptors."""
    plan = config(ws="sync.uvicorn_neighbours:NeighbourProtocol")
    together = int(os.environ.get("ROOM_TOGETHER", ROOM_TOGETHER))
    neighbours = Neighbours(number, together, board, inbox, list(outboxes))
    server = Worker(plan, socket.socket(fileno=lifeline), neighbours)
    server.run([Workers.bound(plan.host, plan.port)])
    if not server.started:
        sys.exit(STARTUP_FAILURE)


if __name__ == "__main__":
    main()
