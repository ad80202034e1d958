"""The link to Redis, and what may happen to it: real servers that are stopped, killed, emptied, and full."""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from scripts.native import Redis
from sync.store import Unreachable
from sync.store.address import Address
from sync.store.connection import MOST_PENDING, MOST_UNSENT, Refused, pack
from sync.store.link import Link
from sync.store.scripts import Script
from tests.waiting import eventually
from tests.way import Way

ON_BOTH_LOOPS = True

ECHO = Script("return ARGV[1]")


@asynccontextmanager
async def linked(url: str, **options: Any) -> AsyncIterator[Link]:
    link = Link(Address.from_url(url), name="test", scripts=[ECHO], **options)
    link.start()
    try:
        await eventually(lambda: link.is_up)
        yield link
    finally:
        await link.stop()


async def fails(link: Link, packed: bytes) -> str:
    with pytest.raises(Unreachable) as caught:
        await link.send(packed)
    return str(caught.value)


async def outage(url: str) -> str:
    """Why no link to there comes up."""
    link = Link(Address.from_url(url), name="test")
    link.start()
    await eventually(lambda: link.reason != "not connected yet")
    assert not link.is_up
    assert await fails(link, pack("PING")) == f"Redis is down: {link.reason}"
    await link.stop()
    return link.reason


async def test_it_works(redis_url: str) -> None:
    async with linked(redis_url) as link:
        echoes = [link.send(pack("ECHO", n)) for n in range(1000)]
        assert await asyncio.gather(*echoes) == [b"%d" % n for n in range(1000)]
        assert await link.send(pack("CLIENT", "GETNAME")) == b"test"
        assert await link.run(ECHO, [], b"\r\n$1\r\n\x00\xff") == b"\r\n$1\r\n\x00\xff"
        assert link.down_since is None


async def test_a_refusal_is_of_its_command_alone(redis_url: str) -> None:
    async with linked(redis_url) as link:
        answers = await asyncio.gather(
            link.send(pack("ECHO", "a")),
            link.send(pack("NO-SUCH")),
            link.send(pack("ECHO", "b")),
            return_exceptions=True,
        )
        assert list(answers[::2]) == [b"a", b"b"]
        assert isinstance(answers[1], Refused)
        assert link.is_up


async def test_who_waits_no_more_disturbs_nobody(redis_url: str) -> None:
    async with linked(redis_url) as link:
        impatient = link.send(pack("ECHO", "a"))
        after = link.send(pack("ECHO", "b"))
        impatient.cancel()
        assert await after == b"b"


async def test_an_answer_in_crumbs(redis_service: Redis) -> None:
    async with (
        Way(redis_service.port, crumb=1).kept() as way,
        linked(way.leading(redis_service.settings()["REDIS_URL"])) as link,
    ):
        long = b"abc\r\n" * 40
        answers = await asyncio.gather(link.send(pack("ECHO", long)), link.send(pack("ECHO", "b")))
        assert list(answers) == [long, b"b"]


async def test_scripts_that_redis_has_lost_are_brought_anew(new_redis: Callable[[], Redis]) -> None:
    async with linked(new_redis().settings()["REDIS_URL"]) as link:
        await link.send(pack("SCRIPT", "FLUSH"))
        assert await link.run(ECHO, [], "a") == b"a"
        # What nobody waits for can't be repeated: a new connection, of which everybody hears.
        await link.send(pack("SCRIPT", "FLUSH"))
        before = link.up_since
        assert link.cast(ECHO.pack([], "b"))
        await eventually(lambda: link.is_up and link.up_since != before)
        assert await link.send(ECHO.pack([], "c")) == b"c"


async def test_a_refusal_that_nobody_waits_for_is_told(redis_url: str) -> None:
    refusals: list[str] = []
    async with linked(redis_url, refused=refusals.append) as link:
        link.cast(pack("NO-SUCH"))
        assert await link.send(pack("ECHO", "a")) == b"a"
    assert [text.partition(" ")[0] for text in refusals] == ["ERR"]


async def test_a_stopped_redis_fails_commands_within_their_time(new_redis: Callable[[], Redis]) -> None:
    service = new_redis()
    async with linked(service.settings()["REDIS_URL"]) as link:
        service.pause()
        began = monotonic()
        assert "no answer within" in await fails(link, pack("PING"))
        assert 0.9 < monotonic() - began < 5
        assert link.down_since is not None
        assert link.down_since - began < 0.8, "down since it was asked, not since that was noticed"
        began = monotonic()
        await fails(link, pack("PING"))
        assert monotonic() - began < 0.8, "once it is known, nobody waits"
        service.resume()
        await eventually(lambda: link.is_up)
        assert await link.send(pack("ECHO", "a")) == b"a"


async def test_a_stopped_redis_is_noticed_without_any_command(new_redis: Callable[[], Redis]) -> None:
    service = new_redis()
    async with linked(service.settings()["REDIS_URL"]) as link:
        service.pause()
        await eventually(lambda: not link.is_up)
        service.resume()


async def test_a_short_pause_is_no_outage(new_redis: Callable[[], Redis]) -> None:
    service = new_redis()
    async with linked(service.settings()["REDIS_URL"]) as link:
        since = link.up_since
        service.pause()
        answer = link.send(pack("ECHO", "a"))
        await asyncio.sleep(0.5)
        service.resume()
        assert await answer == b"a"
        assert link.up_since == since


async def test_a_process_that_stood_still_itself_blames_nobody(redis_url: str) -> None:
    async with linked(redis_url) as link:
        since = link.up_since
        answer = link.send(pack("ECHO", "a"))
        await asyncio.sleep(0)
        time.sleep(1.6)  # the whole loop stands still, and the answer lies unread
        assert await answer == b"a"
        assert link.up_since == since


async def test_a_killed_redis_and_a_new_one(new_redis: Callable[[], Redis]) -> None:
    service = new_redis()
    async with linked(service.settings()["REDIS_URL"]) as link:
        service.kill()
        await eventually(lambda: not link.is_up)
        down = link.down_since
        await asyncio.sleep(0.5)
        assert link.down_since == down, "vain attempts don't end an outage"
        service.start()
        await eventually(lambda: link.is_up)
        assert await link.run(ECHO, [], "a") == b"a"
        assert link.down_since is None


async def test_what_is_under_way_fails_with_the_connection(new_redis: Callable[[], Redis]) -> None:
    service = new_redis()
    async with linked(service.settings()["REDIS_URL"]) as link:
        service.pause()
        answers = [link.send(pack("ECHO", n)) for n in range(5)]
        pid = service.pid()
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        ended = await asyncio.gather(*answers, return_exceptions=True)
        assert [type(each) for each in ended] == [Unreachable] * 5


async def test_no_more_commands_wait_than_allowed(new_redis: Callable[[], Redis]) -> None:
    service = new_redis()
    async with linked(service.settings()["REDIS_URL"]) as link:
        service.pause()
        waiting = [link.send(pack("PING")) for _ in range(MOST_PENDING)]
        with pytest.raises(Unreachable, match="wait for Redis already"):
            link.send(pack("PING"))
        assert link.cast(pack("PING")) is False
        service.resume()
        assert len(await asyncio.gather(*waiting)) == MOST_PENDING
        assert await link.send(pack("ECHO", "a")) == b"a"


async def test_no_more_bytes_wait_than_allowed(new_redis: Callable[[], Redis]) -> None:
    service = new_redis()
    async with linked(service.settings()["REDIS_URL"]) as link:
        service.pause()
        large = pack("ECHO", b"x" * 2**20)
        taken = next(n for n in range(1000) if not link.cast(large))
        # The kernel's buffers take some as well.
        assert MOST_UNSENT // 2**20 <= taken < MOST_UNSENT // 2**20 + 16
        with pytest.raises(Unreachable, match="wait for Redis already"):
            link.send(large)
        service.resume()
        await eventually(lambda: link.cast(large))
        assert await link.send(pack("ECHO", "a")) == b"a"


async def test_a_password(redis_service: Redis, new_redis: Callable[[], Redis]) -> None:
    port = redis_service.port
    assert "NOAUTH" in await outage(f"redis://127.0.0.1:{port}/0")
    assert "WRONGPASS" in await outage(f"redis://:wrong@127.0.0.1:{port}/0")
    own = new_redis()
    async with linked(own.settings()["REDIS_URL"]) as link:
        await link.send(pack("ACL", "SETUSER", "al/ice", "on", ">p@ss:word", "+@all", "~*", "&*"))
    async with linked(f"redis://al%2Fice:p%40ss%3Aword@127.0.0.1:{own.port}/3") as link:
        assert await link.send(pack("ACL", "WHOAMI")) == b"al/ice"
        assert b"db=3" in await link.send(pack("CLIENT", "INFO"))


async def test_nobody_there(new_redis: Callable[[], Redis]) -> None:
    service = new_redis()
    service.stop()
    assert "Errno 111" in await outage(service.settings()["REDIS_URL"])


async def test_something_else_is_there() -> None:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    assert "not Redis' protocol" in await outage(f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}/0")
    server.close()


class TlsRedis(Redis):
    """Redis that speaks TLS alone."""

    def command(self) -> list[str]:
        tls = ["--tls-port", str(self.port), "--port", "0", "--tls-auth-clients", "no"]
        files = ["--tls-cert-file", str(self.folder / "cert.pem"), "--tls-key-file", str(self.folder / "key.pem")]
        return [*super().command(), *tls, *files]

    def prepare(self) -> None:
        super().prepare()
        names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "key.pem"]
        request = ["openssl", "req", "-x509", "-days", "2", *key, "-out", "cert.pem", *names]
        subprocess.run(request, cwd=self.folder, check=True, capture_output=True)

    def answers(self) -> bool:
        return b"Ready to accept connections" in self.log.read_bytes()


async def test_tls(tmp_path: Path) -> None:
    service = TlsRedis(tmp_path / "redis")
    service.start()
    try:
        where, certificate = f":{service.password}@localhost:{service.port}/0", tmp_path / "redis" / "cert.pem"
        async with linked(f"rediss://{where}?ssl_ca_certs={certificate}") as link:
            assert await link.send(pack("ECHO", "a")) == b"a"
        async with linked(f"rediss://{where}?ssl_cert_reqs=none") as link:
            assert await link.send(pack("ECHO", "a")) == b"a"
        assert "CERTIFICATE_VERIFY_FAILED" in await outage(f"rediss://{where}")
        other_name = where.replace("localhost", "127.0.0.1")
        assert "IP address mismatch" in await outage(f"rediss://{other_name}?ssl_ca_certs={certificate}")
    finally:
        service.stop()


@pytest.mark.parametrize(
    ("url", "hint"),
    [("http://host", "redis://"), ("redis:///0", "no host"), ("redis://host/first", "number of a database")],
)
def test_an_address_that_is_none(url: str, hint: str) -> None:
    with pytest.raises(ValueError, match=hint):
        Address.from_url(url)


def test_an_address_is_logged_without_its_password() -> None:
    assert str(Address.from_url("redis://me:secret@host/2")) == "host:6379/2"
