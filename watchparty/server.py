"""The web process: ``python -m watchparty.server``. One place for how uvicorn is run, in every mode.

HOST and PORT say where; FORWARDED_ALLOW_IPS (empty by default) whose X-Forwarded-… headers are believed.
"""

import os

import uvicorn

# The protocol refuses larger frames with 4400; a frame that is far larger is not even read.
WS_MAX_BYTES = 64 * 1024
GRACEFUL_SECONDS = 10


def main() -> None:
    uvicorn.run(
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


if __name__ == "__main__":
    main()
