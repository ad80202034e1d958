"""A room's timeline in a Redis hash; two commands at the same moment are not kept apart, as in a tutorial."""

from dataclasses import asdict, dataclass
from typing import Any

from redis.asyncio import Redis


@dataclass
class Timeline:
    seq: int = 0
    position: float = 0.0
    rate: float = 1.0
    state: str = "paused"
    anchor: float = 0.0

    @classmethod
    async def load(cls, redis: Redis, key: str) -> "Timeline":
        held = await redis.hgetall(key)
        if not held:
            return cls()
        return cls(
            seq=int(held["seq"]),
            position=float(held["position"]),
            rate=float(held["rate"]),
            state=str(held["state"]),
            anchor=float(held["anchor"]),
        )

    async def save(self, redis: Redis, key: str) -> None:
        fields: dict[Any, Any] = asdict(self)
        await redis.hset(key, mapping=fields)

    def apply(self, command: dict[str, Any], now: float) -> None:
        if self.state == "playing":
            self.position += self.rate * (now - self.anchor)
        self.anchor = now
        match command["type"]:
            case "play":
                self.state = "playing"
            case "pause":
                self.state = "paused"
            case "seek":
                self.position = command["position"]
            case "rate":
                self.rate = command["rate"]
        self.seq += 1

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "item": None, "waiting_for": []}
