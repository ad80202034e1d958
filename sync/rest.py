"""Commands by REST: the twin of what a socket does, for who has none. Same rules, same effect."""

from typing import Any

import msgspec

from sync import protocol
from sync.commands import apply, enter
from sync.engine import live as this_process
from sync.live import Live
from sync.persistence import flush
from sync.ports import Items, RoomSettings
from sync.protocol import BadMessage
from watchparty.errors import Invalid


async def submit(
    room: RoomSettings, user_id: str, role: str, command: dict[str, Any], *, items: Items, granted: bool = False
) -> dict[str, Any]:
    """A command by REST. Same rules, same effect; `id` is optional and counts once per user and room.

    Returns the timeline's keys, also when nothing changed. Raises Invalid (with the field), Forbidden, NotFound,
    Conflict.
    """
    once = "id" in command
    try:
        decoded = protocol.command(command if once else {**command, "id": "rest"})
    except BadMessage as problem:
        raise Invalid(problem.detail, field=_field(problem.detail)) from None
    opened = await enter(this_process(), room, items)
    applied = await apply(
        opened,
        decoded,
        items=items,
        role=role,
        user=user_id,
        session=f"user:{user_id}",
        granted=granted,
        once=once,
    )
    await _kept(opened.live)
    keys: dict[str, Any] = msgspec.to_builtins(protocol.timeline_keys(applied.timeline))
    return keys


async def snapshot(room: RoomSettings, chat_seq: int, *, items: Items) -> dict[str, Any]:
    """The room as a `snapshot` message tells it."""
    opened = await enter(this_process(), room, items)
    await _kept(opened.live)
    told: dict[str, Any] = msgspec.to_builtins(opened.snapshot(chat_seq=chat_seq))
    return {"type": "snapshot", **told}


async def _kept(live: Live) -> None:
    """Where no write-behind runs (a management command, a test), what changed is saved at once."""
    if not live.background:
        await flush(live)


def _field(detail: str) -> str | None:
    """The key that msgspec's message is about: `… - at `$.position``."""
    _, found, path = detail.partition("`$.")
    return path.partition("`")[0] if found else None
