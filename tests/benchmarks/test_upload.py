"""The large upload over a bad network: what is sent, and where it is cut."""

import asyncio
import hashlib
from contextlib import suppress

from benchmarks.upload.__main__ import MB, size_of
from benchmarks.upload.content import PIECE, Film
from benchmarks.upload.cutting import Cutting
from movies.containers import sniff
from tests.waiting import eventually


def test_a_part_is_the_same_wherever_it_begins() -> None:
    film = Film(5 * PIECE + 7, seed=1)
    whole = b"".join(film.pieces(0, film.size))
    assert len(whole) == film.size
    assert sniff(whole) == "mp4"
    assert film.checksum() == hashlib.sha256(whole).hexdigest()
    first, end = PIECE - 3, 3 * PIECE + 5
    assert b"".join(film.pieces(first, end)) == whole[first:end]
    assert len({whole[at : at + PIECE] for at in range(0, film.size, PIECE)}) == 6


def test_sizes_as_people_write_them() -> None:
    assert [size_of(text) for text in ("3G", "200M", "64k", "5")] == [3 * 1024 * MB, 200 * MB, 64 * 1024, 5]


async def test_connections_are_cut_every_so_many_bytes() -> None:
    came: list[int] = []

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        taken = 0
        with suppress(ConnectionError):
            while data := await reader.read(PIECE):
                taken += len(data)
        writer.close()
        came.append(taken)

    async with await asyncio.start_server(take, "127.0.0.1", 0) as server:
        with Cutting(server.sockets[0].getsockname()[1], 3 * PIECE).kept() as proxy:
            for times in (1, 2):
                reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
                with suppress(ConnectionError):
                    while True:
                        writer.write(bytes(1000))
                        await writer.drain()
                with suppress(ConnectionError):
                    assert await reader.read() == b""
                writer.close()
                assert proxy.cuts == times
        assert 6 * PIECE <= proxy.carried < 7 * PIECE
        await eventually(lambda: len(came) == 2)
        assert 0 < sum(came) <= proxy.carried
