"""What a web process serves: everything, or one of the two services that may be scaled apart behind one front door.

`api` serves pages, REST and media; `sync` the rooms' WebSockets (`/ws/`). Both answer `/healthz` and `/readyz`. Each
has the engine: a command by REST takes effect in rooms whose sockets are elsewhere.
"""

from typing import Any, Literal, get_args

Role = Literal["all", "api", "sync"]
ROLES = get_args(Role)

HEALTH = ("/healthz", "/readyz")


class HealthOnly:
    """HTTP where only sockets are served."""

    def __init__(self, application: Any) -> None:
        self._application = application

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["path"] in HEALTH:
            await self._application(scope, receive, send)
            return
        body = b"This process serves rooms only: /ws/\n"
        headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 404, "headers": headers})
        await send({"type": "http.response.body", "body": body})
