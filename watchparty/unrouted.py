"""A WebSocket to a path that has none."""

from collections.abc import Awaitable, Callable
from typing import Any

Message = dict[str, Any]


class UnroutedSocket:
    """Accepts and closes with 4404, as for a room that does not exist: browsers hide the code of a refused upgrade."""

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close", "code": 4404, "reason": "not_found"})
