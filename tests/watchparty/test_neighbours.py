"""How workers pass sockets on: real sockets and shared memory, in one process."""

import os
import socket
from collections.abc import Iterator

import pytest

from watchparty.neighbours import LARGEST_REQUEST, Board, Inboxes, Neighbours

REQUEST = b"GET /ws/rooms/abc/ HTTP/1.1\r\n\r\n"


@pytest.fixture
def inboxes() -> Iterator[Inboxes]:
    made = Inboxes(2)
    yield made
    made.close()


@pytest.fixture
def pair(inboxes: Inboxes) -> Iterator[list[Neighbours]]:
    board = Board.made(2)
    made = []
    for number in range(2):
        inbox, outboxes = inboxes.descriptors(number)
        copies = [os.dup(one) for one in (board.descriptor, inbox, *outboxes)]
        made.append(Neighbours(number, 3, copies[0], copies[1], copies[2:]))
        board.set_serving(number, True)
    yield made
    for one in made:
        one.close()


@pytest.fixture
def slot(pair: list[Neighbours]) -> int:
    """A room that is at home in worker 1."""
    return next(
        found for number in range(100) if (found := pair[0].slot(f"/ws/rooms/r{number}/")) is not None and found % 2
    )


@pytest.fixture
def connection() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


Ends = tuple[socket.socket, socket.socket]


def taken(by: Neighbours) -> list[tuple[bytes, socket.socket]]:
    arrived: list[tuple[bytes, socket.socket]] = []
    by.take(lambda request, connected: arrived.append((request, connected)))
    return arrived


def test_it_works(pair: list[Neighbours], slot: int, connection: Ends):
    ours, theirs = connection
    assert pair[0].pass_on(slot, REQUEST, theirs.fileno())
    theirs.close()
    ((request, connected),) = taken(pair[1])
    assert request == REQUEST
    with connected:
        connected.sendall(b"hello")
    assert ours.recv(10) == b"hello"
    assert ours.recv(10) == b"", "its last end has been closed"


def test_a_room_has_the_same_home_however_its_code_is_spelled(pair: list[Neighbours]):
    assert pair[0].slot("/ws/rooms/AbC/") == pair[1].slot("/ws/rooms/aBc/?session=1")
    assert pair[0].slot("/healthz") is None


def test_the_home_keeps_its_own(pair: list[Neighbours], slot: int, connection: Ends):
    assert pair[1].is_home(slot)
    assert not pair[1].pass_on(slot, REQUEST, connection[1].fileno())


def test_a_large_room_is_spread(pair: list[Neighbours], slot: int, connection: Ends):
    pair[1].board.count(slot, 3)
    assert not pair[0].pass_on(slot, REQUEST, connection[1].fileno())
    pair[1].board.count(slot, -1)
    assert pair[0].pass_on(slot, REQUEST, connection[1].fileno())


def test_nothing_is_passed_to_a_worker_that_does_not_serve(pair: list[Neighbours], slot: int, connection: Ends):
    pair[0].board.set_serving(1, False)
    assert not pair[0].pass_on(slot, REQUEST, connection[1].fileno())


def test_a_request_that_is_too_large_stays(pair: list[Neighbours], slot: int, connection: Ends):
    assert not pair[0].pass_on(slot, b"x" * (LARGEST_REQUEST + 1), connection[1].fileno())


def test_a_full_inbox_is_not_waited_for(pair: list[Neighbours], slot: int, connection: Ends):
    passed = 0
    while passed < 10_000 and pair[0].pass_on(slot, b"x" * LARGEST_REQUEST, connection[1].fileno()):
        passed += 1
    assert 0 < passed < 10_000
    for _, connected in taken(pair[1]):
        connected.close()
    assert pair[0].pass_on(slot, REQUEST, connection[1].fileno())


def test_what_was_on_its_way_to_a_worker_that_has_ended_is_closed(
    pair: list[Neighbours], inboxes: Inboxes, slot: int, connection: Ends
):
    ours, theirs = connection
    assert pair[0].pass_on(slot, REQUEST, theirs.fileno())
    theirs.close()
    pair[1].board.count(slot, 3)
    inboxes.empty(1)
    pair[0].board.forget(1, 2)
    assert ours.recv(10) == b""
    assert pair[0].board.sockets(slot) == 0
