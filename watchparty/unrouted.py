"""A WebSocket to where there is none."""

from collections.abc import Awaitable, Callable
from typing import Any

Message = dict[str, Any]


class UnroutedSocket:
    """Accepts and closes, by default as for a room that does not exist: browsers hide the code of a refused upgrade."""

    def __init__(self, code: int = 4404, reason: str = "not_found") -> None:
        self._code = code
        self._reason = reason

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close", "code": self._code, "reason": self._reason})
