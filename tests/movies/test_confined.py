"""The processes that open files of strangers can do little else."""

import http.server
import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from movies import confined
from movies.confined.answers import Facts, Limits, Made
from tests.movies.clips import clip

LIMITS = Limits(memory=2 * 1024**3, cpu=30, file_size=1024**2, files=64)


def probe(path: Path) -> Facts:
    return confined.run("probe", str(path), answer=Facts, seconds=60)


def inside(code: str, limits: Limits = LIMITS) -> str:
    """What a confined process prints when it runs this."""
    start = (
        f"from movies.confined.child import confine; from movies.confined.answers import Limits\nconfine({limits})\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", start + textwrap.dedent(code)], cwd=confined.ROOT, capture_output=True, timeout=60
    )
    return done.stdout.decode().strip() or f"ended with {done.returncode}"


@pytest.fixture
def asked() -> Iterator[tuple[str, list[str]]]:
    """A web server's address, and the paths that it was asked for."""
    paths: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_error(404)

        def log_message(self, *args: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", paths
        server.shutdown()
        thread.join()


def test_it_works(film: Path, tmp_path: Path) -> None:
    facts = probe(film)
    assert (facts.video.codec, facts.audio, facts.streams) == ("h264", "aac", 2)
    poster = tmp_path / "poster.jpg"
    made = confined.run("poster", str(film), str(poster), "2", answer=Made, seconds=60, writes=2**20)
    assert made.size == poster.stat().st_size


@pytest.mark.parametrize("name", ["list.m3u8", "list.mp4", "-i", "pipe:0", "http:", "concat:x|y", "a b 🎬.mp4"])
def test_a_playlist_asks_nobody_for_anything(tmp_path: Path, asked: tuple[str, list[str]], name: str) -> None:
    address, paths = asked
    path = tmp_path / name
    path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{address}/segment.ts\n#EXT-X-ENDLIST\n")
    with pytest.raises(confined.Refused) as refused:
        probe(path)
    assert refused.value.reason == "unreadable"
    assert paths == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list.mp4", "ffconcat version 1.0\nfile 'film.ts'\n"),
        ("list.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:1,\nfilm.ts\n#EXT-X-ENDLIST\n"),
    ],
)
def test_a_list_opens_no_other_file(tmp_path: Path, name: str, text: str) -> None:
    clip(tmp_path / "film.ts", container="mpegts", seconds=1)
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(confined.Refused):
        probe(path)


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:1/", "concat:/etc/passwd", "subfile,,start,0,end,9,,:/etc/passwd"]
)
def test_an_address_is_a_file_name(address: str) -> None:
    with pytest.raises(confined.Refused):
        confined.run("probe", address, answer=Facts, seconds=60)


def test_too_little_memory_breaks_it_only(film: Path) -> None:
    with pytest.raises(confined.Broken):
        confined.run("probe", str(film), answer=Facts, seconds=60, memory=64 * 1024**2)


def test_too_little_time_breaks_it_only(film: Path) -> None:
    with pytest.raises(confined.Broken, match="longer than"):
        confined.run("probe", str(film), answer=Facts, seconds=0.01)


def test_it_computes_no_longer_than_it_may() -> None:
    assert inside("while True: pass", Limits(memory=2 * 1024**3, cpu=1, file_size=0, files=64)) == "ended with -9"


def test_it_writes_no_more_than_it_may(tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert inside(f"open({str(out)!r}, 'wb').write(b'x' * 2_000_000); print('written')") != "written"
    assert out.stat().st_size <= LIMITS.file_size


def test_it_knows_none_of_our_secrets(monkeypatch: pytest.MonkeyPatch, film: Path) -> None:
    seen: dict[str, Any] = {}
    real = subprocess.Popen

    def noting(*args: Any, **kwargs: Any) -> Any:
        seen.update(kwargs)
        return real(*args, **kwargs)

    monkeypatch.setattr(subprocess, "Popen", noting)
    monkeypatch.setenv("SECRET_KEY", "a secret")
    probe(film)
    assert set(seen["env"]) == {"LANG", "PYTHONDONTWRITEBYTECODE"}
    assert seen["stdin"] == subprocess.DEVNULL


def test_it_has_no_network_where_the_kernel_allows(asked: tuple[str, list[str]]) -> None:
    address, paths = asked
    tried = "import ctypes, sys; sys.exit(ctypes.CDLL(None).unshare(0x50000000))"
    allowed = subprocess.run([sys.executable, "-c", tried], timeout=60).returncode == 0
    reached = inside(
        f"""
        import urllib.error, urllib.request
        try:
            urllib.request.urlopen("{address}/", timeout=5)
        except urllib.error.HTTPError:
            print("reached")
        except OSError:
            print("unreachable")
        """
    )
    # In a container that forbids namespaces, the whitelists of the tests above stand alone.
    assert (reached, paths) == (("unreachable", []) if allowed else ("reached", ["/"]))


def test_it_gives_up_what_it_does_not_need() -> None:
    found = inside(
        """
        import os, re, resource
        print(resource.getrlimit(resource.RLIMIT_NOFILE)[1], resource.getrlimit(resource.RLIMIT_CORE)[1])
        print(os.nice(0), re.search(r"NoNewPrivs:\\s*(\\d)", open("/proc/self/status").read())[1])
        """
    )
    assert found.split() == ["64", "0", str(min(19, os.nice(0) + 10)), "1"]
