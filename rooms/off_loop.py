"""Database work for the sync engine, which runs on the event loop."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, ParamSpec, TypeVar

from django.db import Error
from django.utils.translation import gettext as _

from sync.database import in_thread
from watchparty.errors import Unavailable

P = ParamSpec("P")
T = TypeVar("T")
Q = TypeVar("Q")


async def in_database(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do it in a thread, in one hop. A database that doesn't answer is Unavailable: never a false acknowledgement."""
    try:
        return await in_thread(work, *args, **kwargs)
    except Error as error:
        raise Unavailable(_("The database doesn't answer: nothing was stored, try again.")) from error


class Together(Generic[Q, T]):
    """Questions to the database, each answered in one hop with all others that came while the last was under way.

    Each is answered by what is read after it was asked. Questions may come from one event loop at a time.
    """

    def __init__(self, answer: Callable[[Sequence[Q]], list[T | Exception]], *, most: int) -> None:
        """``answer`` is called in the thread with at most ``most`` questions. An exception among the answers is raised
        to whom it answers; one that it raises, to all of them.
        """
        self._answer = answer
        self._most = most
        self._waiting: deque[tuple[Q, asyncio.Future[T]]] = deque()
        self._work: asyncio.Task[None] | None = None

    async def ask(self, question: Q) -> T:
        """The answer; raises Unavailable as ``in_database`` does."""
        loop = asyncio.get_running_loop()
        if self._work is None or self._work.done() or self._work.get_loop() is not loop:
            self._waiting.clear()  # left by a loop that has ended
            self._work = loop.create_task(self._go())
        mine: asyncio.Future[T] = loop.create_future()
        self._waiting.append((question, mine))
        return await mine

    async def _go(self) -> None:
        while self._waiting:
            some = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
            answers: list[T | Exception]
            try:
                answers = await in_database(self._answer, [question for question, _asker in some])
            except Exception as error:
                # Raised to each who asked; were it raised here, they would wait for ever.
                answers = [error] * len(some)
            for (_question, asker), answer in zip(some, answers, strict=True):
                if asker.done():
                    continue  # it has gone meanwhile
                if isinstance(answer, Exception):
                    asker.set_exception(answer)
                else:
                    asker.set_result(answer)
