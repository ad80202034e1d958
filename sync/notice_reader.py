"""Hears the notices of `sync.notices` in a web process, by the channel layer and from the table sync_notice."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import Any

from channels.layers import get_channel_layer

from sync import effects, notices
from sync.database import in_thread
from sync.live import Live
from sync.models import Notice
from sync.ports import Items

logger = logging.getLogger(__name__)

POLL_EVERY = 0.25
POLL_EVERY_WITH_NUDGES = 0.5
LATE_SECONDS = 60.0
"""How long after a later row one may still be committed; longer than any transaction may last."""
KEPT_SECONDS = 600.0
"""Rows are deleted once they are older, by when this process took them: clocks may differ."""
JOIN_SECONDS = 2.0
DISCARD_SECONDS = 0.3
RECENT_SECONDS = 10.0
ROWS_AT_ONCE = 500


class NoticeRows:
    """The table sync_notice, from now on: each row once, in order, also one that was committed after a later one."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        """Blocks: asks the database."""
        self._clock = clock
        self._floor = self._former_floor = Notice.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        """All rows up to here have been taken."""
        self._taken: dict[int, float] = {}
        """Rows above, and when they were."""
        self._cleaned = clock()

    def look(self) -> list[tuple[int, dict[str, Any]]]:
        """Rows that have not been taken yet, oldest first. Blocks."""
        ids = Notice.objects.filter(pk__gt=self._floor).order_by("pk").values_list("pk", flat=True)
        new = [id for id in ids if id not in self._taken][:ROWS_AT_ONCE]
        return list(Notice.objects.filter(pk__in=new).order_by("pk").values_list("pk", "notice")) if new else []

    def taken(self, id: int) -> None:
        self._taken[id] = self._clock()

    def is_unsettled(self) -> bool:
        return bool(self._taken) or self._clock() - self._cleaned > KEPT_SECONDS

    def settle(self) -> None:
        """Forget rows that no earlier one can be behind any more, and delete those taken long ago. May block."""
        now = self._clock()
        self._floor = max((id for id, at in self._taken.items() if now - at > LATE_SECONDS), default=self._floor)
        for id in [id for id in self._taken if id <= self._floor]:
            del self._taken[id]
        if now - self._cleaned > KEPT_SECONDS:
            self._cleaned = now
            Notice.objects.filter(pk__lte=self._former_floor).delete()
            self._former_floor = self._floor


class NoticeReader:
    """Carries notices out on the rooms of this process.

    A message of the channel layer brings a notice with it, from this process itself where the layer is in memory, or
    says that there is a new row. Rows are looked for regularly as well, for the layer loses messages whenever Redis
    is away, and says nothing.
    """

    def __init__(self, live: Live, items: Items) -> None:
        self._live = live
        self._items = items
        self._rows: NoticeRows | None = None
        self._nudged = asyncio.Event()

    async def begin(self) -> None:
        """From here on no row is missed."""
        self._rows = await in_thread(NoticeRows)

    async def listen(self, joined: "asyncio.Future[None]") -> None:
        """Take what the channel layer brings; `joined` is done after the first attempt to join the group."""
        layer = get_channel_layer()
        try:
            async with asyncio.timeout(JOIN_SECONDS):
                channel = await layer.new_channel(notices.GROUP)
                await layer.group_add(notices.GROUP, channel)
            notices.listening = True
        finally:
            if not joined.done():
                joined.set_result(None)
        # For what was sent while nobody listened.
        self._nudged.set()
        try:
            while True:
                message = await layer.receive(channel)
                if "notice" in message:
                    await self._take(message["notice"])
                else:
                    self._nudged.set()
        finally:
            notices.listening = False
            try:
                async with asyncio.timeout(DISCARD_SECONDS):
                    await layer.group_discard(notices.GROUP, channel)
            except Exception as error:
                # Whatever the layer raises: it would stand in for why this ends, a cancellation for one.
                logger.info("The channel of this process was left in its group: %s", error)

    async def poll(self) -> None:
        """Take new rows, at once when nudged, and at short intervals anyway."""
        assert self._rows is not None
        pause = POLL_EVERY if notices.by_rows() else POLL_EVERY_WITH_NUDGES
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._nudged.wait()
            self._nudged.clear()
            for id, notice in await in_thread(self._rows.look):
                self._rows.taken(id)
                await self._take(notice)
            if self._rows.is_unsettled():
                await in_thread(self._rows.settle)

    async def _take(self, notice: dict[str, Any]) -> None:
        recent = self._live.recent
        recent.append((monotonic(), notice))
        while recent[0][0] < monotonic() - RECENT_SECONDS:
            recent.popleft()
        try:
            await effects.take(self._live, notice, self._items)
        except Exception:
            # One notice that can't be carried out must not end the listening; the next ones may kick somebody.
            logger.exception("A notice failed: %s", notice.get("kind"))
