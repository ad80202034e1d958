"""Who stands in for a host who has gone: what the live rooms ask of the services."""

from uuid import UUID

from rooms import services
from rooms.off_loop import in_database


async def stand_in(room_id: str, present: list[str]) -> None:
    """Implements ``sync.succession.StandIn``."""
    await in_database(_stand_in, room_id, present)


def _stand_in(room_id: str, present: list[str]) -> None:
    services.stand_in(room_id=UUID(room_id), candidates=[UUID(user) for user in present])
