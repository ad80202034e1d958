"""Questions that come while the database is being asked are asked together."""

import asyncio
import threading
from collections.abc import Sequence

import pytest
from django.db import OperationalError

from rooms.off_loop import Together
from watchparty.errors import Unavailable

pytestmark = pytest.mark.django_db(transaction=True)


class Database:
    """Doubles numbers, of which it can't do those below 0; answers when it `may`."""

    def __init__(self) -> None:
        self.hops: list[list[int]] = []
        self.may = threading.Event()
        self.asked = threading.Event()

    def double(self, numbers: Sequence[int]) -> list[int | Exception]:
        self.hops.append(list(numbers))
        self.asked.set()
        assert self.may.wait(5)
        if min(numbers) < 0:
            raise OperationalError("disk I/O error")
        return [2 * number for number in numbers]


@pytest.fixture
def database() -> Database:
    return Database()


async def test_it_works(database: Database) -> None:
    together = Together(database.double, most=3)
    first = asyncio.create_task(together.ask(0))
    await asyncio.to_thread(database.asked.wait, 5)
    meanwhile = [asyncio.create_task(together.ask(number)) for number in range(1, 6)]
    await asyncio.sleep(0)
    database.may.set()

    assert await asyncio.gather(first, *meanwhile) == [0, 2, 4, 6, 8, 10]
    assert database.hops == [[0], [1, 2, 3], [4, 5]]
    assert await together.ask(50) == 100


async def test_an_exception_among_the_answers_is_for_one() -> None:
    wrong = ValueError("not a number")
    together = Together[int, int](lambda numbers: [wrong if one == 2 else one for one in numbers], most=5)
    outcomes = await asyncio.gather(*[together.ask(one) for one in (1, 2, 3)], return_exceptions=True)
    assert outcomes == [1, wrong, 3]


async def test_a_database_that_is_down_is_told_to_all_who_asked_together_and_no_others(database: Database) -> None:
    together = Together(database.double, most=2)
    database.may.set()
    outcomes = await asyncio.gather(*[together.ask(one) for one in (-1, 2, 3, 4)], return_exceptions=True)
    assert [type(one) for one in outcomes[:2]] == [Unavailable, Unavailable]
    assert outcomes[2:] == [6, 8]


async def test_who_goes_away_takes_no_answer_from_the_others(database: Database) -> None:
    together = Together(database.double, most=5)
    first = asyncio.create_task(together.ask(1))
    await asyncio.to_thread(database.asked.wait, 5)
    gone, stays = (asyncio.create_task(together.ask(number)) for number in (2, 3))
    await asyncio.sleep(0)
    first.cancel()
    gone.cancel()
    database.may.set()
    assert await stays == 6


def test_it_outlives_an_event_loop(database: Database) -> None:
    together = Together(database.double, most=5)

    async def leave_one_waiting() -> None:
        asking = asyncio.create_task(together.ask(1))
        await asyncio.to_thread(database.asked.wait, 5)
        waiting = asyncio.create_task(together.ask(2))
        await asyncio.sleep(0)
        asking.cancel()
        waiting.cancel()
        database.may.set()

    async def ask() -> int:
        return await together.ask(3)

    asyncio.run(leave_one_waiting())
    assert asyncio.run(ask()) == 6
