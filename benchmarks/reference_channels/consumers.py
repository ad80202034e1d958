"""One consumer a participant, one group a room: the shape of the Channels tutorial's chat, carrying timelines.

Of docs/protocol.md it has welcome, clock, play, pause, seek, rate and timeline.
"""

import time
from typing import Any
from uuid import uuid4

from channels.generic.websocket import AsyncJsonWebsocketConsumer
from redis.asyncio import Redis

from benchmarks.reference_channels.settings import REDIS_URL
from benchmarks.reference_channels.timeline import Timeline

COMMANDS = frozenset({"play", "pause", "seek", "rate"})
redis = Redis.from_url(REDIS_URL, decode_responses=True, socket_timeout=10)


class RoomConsumer(AsyncJsonWebsocketConsumer):  # type: ignore[misc] # Channels publishes no types
    async def connect(self) -> None:
        code = self.scope["url_route"]["kwargs"]["code"]
        self.id = uuid4().hex
        self.group = f"room-{code}"
        self.key = f"channels-reference:{code}"
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.accept("watchparty.v1")
        timeline = await Timeline.load(redis, self.key)
        await self.send_json(
            {
                "type": "welcome",
                "protocol": 1,
                "session": self.id,
                "you": {"id": self.id},
                "heartbeat": {"interval": 5, "timeout": 15},
                "timeline": timeline.as_json(),
                "now": time.time(),
            }
        )

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive_json(self, content: dict[str, Any], **kwargs: Any) -> None:
        if content["type"] == "clock":
            now = time.time()
            await self.send_json({"type": "clock", "t0": content["t0"], "t1": now, "t2": now})
        elif content["type"] in COMMANDS:
            timeline = await Timeline.load(redis, self.key)
            timeline.apply(content, time.time())
            await timeline.save(redis, self.key)
            cause = {"action": content["type"], "by": self.id, "id": content["id"]}
            message = {"type": "timeline", **timeline.as_json(), "cause": cause}
            await self.channel_layer.group_send(self.group, {"type": "room.timeline", "message": message})

    async def room_timeline(self, event: dict[str, Any]) -> None:
        await self.send_json(event["message"])
