"""The web process: ``python -m watchparty.server``. One place for how uvicorn is run, in every mode.

HOST and PORT say where; WORKERS how many processes share the port; FORWARDED_ALLOW_IPS (empty by default) whose
X-Forwarded-… headers are believed.
"""

import argparse
import asyncio
import os
import socket
import sys

import uvicorn
from uvicorn.config import STARTUP_FAILURE

from watchparty.workers import Workers

# The protocol refuses larger frames with 4400; a frame that is far larger is not even read.
WS_MAX_BYTES = 64 * 1024
GRACEFUL_SECONDS = 10
PULSE_EVERY = 1.0


def config() -> uvicorn.Config:
    return uvicorn.Config(
        "watchparty.asgi:application",
        host=os.environ.get("HOST", "127.0.0.1"),
        port=int(os.environ.get("PORT", "8000")),
        loop="uvloop",
        http="httptools",
        ws="sync.uvicorn_protocol:RoomProtocol",
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

    def __init__(self, config: uvicorn.Config, lifeline: socket.socket) -> None:
        super().__init__(config)
        self._lifeline = lifeline

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
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
    options.add_argument("--lifeline", type=int, help=argparse.SUPPRESS)
    lifeline: int | None = options.parse_args().lifeline
    workers = int(os.environ.get("WORKERS", "1"))
    if lifeline is not None:
        _serve_as_worker(lifeline)
    elif workers > 1:
        plan = config()
        command = [sys.executable, "-m", "watchparty.server"]
        sys.exit(Workers(workers, plan.host, plan.port, command, patience=GRACEFUL_SECONDS + 5).run())
    else:
        server = uvicorn.Server(config())
        server.run()
        if not server.started:
            sys.exit(STARTUP_FAILURE)


def _serve_as_worker(lifeline: int) -> None:
    plan = config()
    server = Worker(plan, socket.socket(fileno=lifeline))
    server.run([Workers.bound(plan.host, plan.port)])
    if not server.started:
        sys.exit(STARTUP_FAILURE)


if __name__ == "__main__":
    main()
