"""Work with the database beside the work with the ledger, in a thread of its own, in order."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Protocol, TypeVar

from django.db import connection

T = TypeVar("T")


class Do(Protocol):
    def __call__(self, work: Callable[[], T], /) -> Future[T]: ...


@contextmanager
def beside(is_worth_it: bool) -> Iterator[Do]:
    """``do(work)`` begins what is done after all that was given before; at the end it is waited for.

    At once and here where it isn't worth a thread, and within a transaction, which another connection doesn't see.
    """
    if not is_worth_it or connection.in_atomic_block:
        yield _at_once
        return
    with ThreadPoolExecutor(1, "audit") as thread:
        try:
            yield thread.submit
        finally:
            thread.submit(connection.close)


def _at_once(work: Callable[[], T], /) -> Future[T]:
    done: Future[T] = Future()
    done.set_result(work())
    return done
