"""What the workers behind one port share, so that a room's sockets are together in one of them.

The kernel spreads connections evenly, and a room whose people are in every worker costs each of them its share of every
command. So a worker passes a WebSocket that it has accepted on to the room's home: the request and the descriptor, by
a socket between the two (unix(7), SCM_RIGHTS). A large room costs more in frames than in commands, so from
`ROOM_TOGETHER` sockets on its newcomers stay where the kernel put them. Nothing depends on where a socket is.
"""

import mmap
import os
import re
import socket
from collections.abc import Callable
from contextlib import suppress
from zlib import crc32

SLOTS = 4096
"""Rooms are counted by a hash; two that share a slot are taken for one, and may be spread a little early."""

COUNTERS = 2 * SLOTS
"""Bytes of their counters."""

MOST_COUNTED = 0xFFFF
LARGEST_REQUEST = 32 * 1024
_ROOM = re.compile(r"/ws/rooms/([^/?]+)")


class Board:
    """Memory that all of them see: who serves, written by their supervisor, and how many sockets the rooms of each
    slot have at home, written by that home alone."""

    def __init__(self, descriptor: int, count: int) -> None:
        self.descriptor = descriptor
        memory = memoryview(mmap.mmap(descriptor, COUNTERS + count))
        self._sockets = memory[:COUNTERS].cast("H")
        self._serving = memory[COUNTERS:]

    @classmethod
    def made(cls, count: int) -> "Board":
        descriptor = os.memfd_create("workers")
        os.ftruncate(descriptor, COUNTERS + count)
        return cls(descriptor, count)

    def set_serving(self, worker: int, serves: bool) -> None:
        self._serving[worker] = serves

    def serves(self, worker: int) -> bool:
        return self._serving[worker] == 1

    def sockets(self, slot: int) -> int:
        return self._sockets[slot]

    def count(self, slot: int, change: int) -> None:
        self._sockets[slot] = max(0, min(MOST_COUNTED, self._sockets[slot] + change))

    def forget(self, worker: int, count: int) -> None:
        """It has ended, and its sockets with it."""
        for slot in range(worker, SLOTS, count):
            self._sockets[slot] = 0


class Neighbours:
    """One worker's view: where a room's home is, and the way there."""

    def __init__(self, number: int, together: int, board: int, inbox: int, outboxes: list[int]) -> None:
        """`board`, `inbox` and `outboxes` (by worker) are descriptors, the latter two of sockets that don't block;
        `together` is ROOM_TOGETHER."""
        self.number = number
        self._together = together
        self.board = Board(board, len(outboxes))
        self.inbox = socket.socket(fileno=inbox)
        self._outboxes = [socket.socket(fileno=one) for one in outboxes]

    def slot(self, path: str) -> int | None:
        """The slot of the room that this path leads to."""
        found = _ROOM.match(path)
        return None if found is None else crc32(found[1].upper().encode()) % SLOTS

    def is_home(self, slot: int) -> bool:
        return slot % len(self._outboxes) == self.number

    def pass_on(self, slot: int, request: bytes, descriptor: int) -> bool:
        """Pass a socket on to its room's home; False if it had better stay here."""
        home = slot % len(self._outboxes)
        if home == self.number or not self.board.serves(home) or self.board.sockets(slot) >= self._together:
            return False
        if len(request) > LARGEST_REQUEST:
            return False
        try:
            socket.send_fds(self._outboxes[home], [request], [descriptor])
        except OSError:
            return False  # its inbox is full, or it has just ended
        return True

    def take(self, arrived: Callable[[bytes, socket.socket], None]) -> None:
        """What has been passed on to this worker."""
        with suppress(BlockingIOError):
            while True:
                request, descriptors, _, _ = socket.recv_fds(self.inbox, LARGEST_REQUEST, 1)
                for descriptor in descriptors:
                    arrived(request, socket.socket(fileno=descriptor))

    def close(self) -> None:
        for one in (self.inbox, *self._outboxes):
            one.close()


class Inboxes:
    """The ways between the workers, kept by their supervisor so that a worker that is started again finds them."""

    def __init__(self, count: int) -> None:
        self._pairs = [socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET) for _ in range(count)]
        for pair in self._pairs:
            for one in pair:
                # Python 3.11's send_fds and recv_fds ignore their flags, so MSG_DONTWAIT would not do.
                one.setblocking(False)

    def descriptors(self, worker: int) -> tuple[int, list[int]]:
        """A worker's inbox, and the ways to all inboxes."""
        return self._pairs[worker][0].fileno(), [outbox.fileno() for _, outbox in self._pairs]

    def empty(self, worker: int) -> None:
        """Close what was on its way to a worker that has ended; those clients come again."""
        with suppress(BlockingIOError):
            while True:
                _, descriptors, _, _ = socket.recv_fds(self._pairs[worker][0], LARGEST_REQUEST, 1)
                for descriptor in descriptors:
                    os.close(descriptor)

    def close(self) -> None:
        for pair in self._pairs:
            for one in pair:
                one.close()
