"""The sockets of a room that all take the same bytes, by their descriptors alone.

A room's sockets are written to some fifty times a second at most, and by then a busy process' caches hold nothing of
them. To look at a socket's objects (the connection, its protocol, its transport) costs more than the system call's own
part of the work; a descriptor is four bytes beside its neighbours.
"""

from array import array
from os import write

from sync.sockets import Connection


class Fanout:
    """Each member's `place` tells where it is. A descriptor must be gone from here before it is closed: the next
    connection may get the same number."""

    def __init__(self) -> None:
        self._descriptors = array("i")
        self._members: list[Connection] = []

    def add(self, member: Connection, descriptor: int) -> None:
        member.place = len(self._members)
        self._members.append(member)
        self._descriptors.append(descriptor)

    def remove(self, member: Connection) -> None:
        place, member.place = member.place, -1
        last, descriptor = self._members.pop(), self._descriptors.pop()
        if last is not member:
            self._members[place], self._descriptors[place] = last, descriptor
            last.place = place

    def write(self, frames: bytes) -> list[tuple[Connection, bytes]]:
        """Write to everybody; returns who has not taken all of it, with the rest."""
        size = len(frames)
        short: list[tuple[int, int]] = []
        for descriptor in self._descriptors:
            try:
                taken = write(descriptor, frames)
            except OSError:
                taken = 0  # it is full; or gone, which its transport finds out by itself
            if taken != size:
                short.append((descriptor, taken))
        return [(self._members[self._descriptors.index(descriptor)], frames[taken:]) for descriptor, taken in short]
