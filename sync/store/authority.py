"""Which store decides the timelines: one row of the database, changed by conditional updates."""

from dataclasses import dataclass
from typing import Final, Literal, LiteralString

from sync.store.postgres_link import Connections, Rows

Name = Literal["memory", "redis", "postgres"]

_READ: Final[LiteralString] = """
    SELECT epoch, authority, shift, extract(epoch FROM clock_timestamp())::float8,
        extract(epoch FROM clock_timestamp() - unreachable_at)::float8
    FROM sync_epoch WHERE id = 1"""

_FIRST: Final[LiteralString] = "INSERT INTO sync_epoch (id, epoch) VALUES (1, 0) ON CONFLICT DO NOTHING"

# Nobody is anywhere under a new authority until each process has said so; and what an earlier fail-over journaled has
# long been told.
_MOVE: Final[LiteralString] = """
    WITH moved AS (
        UPDATE sync_epoch SET epoch = greatest(epoch, %(above)s) + 1, authority = %(to)s::text, shift = %(shift)s,
            unreachable_at = CASE WHEN %(to)s::text = 'postgres' THEN clock_timestamp() ELSE unreachable_at END
        WHERE id = 1 AND epoch = %(epoch)s
            AND (unreachable_at IS NULL OR clock_timestamp() - unreachable_at > make_interval(secs => %(quiet)s))
        RETURNING authority
    ), emptied AS (
        DELETE FROM sync_person WHERE EXISTS (SELECT FROM moved)
    ), unjournaled AS (
        DELETE FROM sync_journal WHERE EXISTS (SELECT FROM moved WHERE authority = 'postgres')
    )
    SELECT pg_notify(%(channel)s, %(notice)s) FROM moved"""

_UNREACHABLE: Final[LiteralString] = """
    UPDATE sync_epoch SET unreachable_at = clock_timestamp() WHERE id = 1 AND authority = 'postgres'"""

_SHIFT: Final[LiteralString] = """
    UPDATE sync_epoch SET shift = shift - %(step)s WHERE id = 1 AND epoch = %(epoch)s AND shift = %(shift)s"""


@dataclass(frozen=True, slots=True)
class Authority:
    """The row, read: `clock` is PostgreSQL's (Unix seconds), without `shift`.

    `quiet`: so many seconds no process has missed Redis; None if none ever did.
    """

    epoch: int
    name: Name
    shift: float
    clock: float
    quiet: float | None


async def read(connections: Connections) -> Authority:
    """The row, made at the first start. Raises Unreachable."""
    while True:
        rows: Rows = await connections.run(_READ)
        if rows:
            return Authority(*rows[0])
        await connections.run(_FIRST)


async def move(
    connections: Connections,
    *,
    epoch: int,
    to: Name,
    shift: float,
    notice: tuple[str, str],
    quiet: float = 0.0,
    above: int = 0,
) -> bool:
    """Take the authority from that of `epoch` to a new one with the next epoch, also higher than `above`. False if
    somebody else was first, or if a process has missed Redis within `quiet` seconds. `notice` is a channel and what to
    tell there. Moving to postgres says that Redis is missed.
    """
    channel, text = notice
    values = {"epoch": epoch, "to": to, "shift": shift, "quiet": quiet, "above": above}
    return bool(await connections.run(_MOVE, values | {"channel": channel, "notice": text}))


async def redis_is_unreachable(connections: Connections) -> None:
    """Note that this process can't reach Redis, so that nobody takes the authority back there."""
    await connections.run(_UNREACHABLE)


async def unstep(connections: Connections, known: Authority, step: float) -> None:
    """PostgreSQL's clock was set by `step` seconds: the room clock is not. Done once, whoever notices it."""
    await connections.run(_SHIFT, {"epoch": known.epoch, "shift": known.shift, "step": step})
