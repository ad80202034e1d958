"""What claims to be a movie and names addresses or other files: nobody is asked, nothing else is read, and the next
movie is processed as ever."""

import contextlib
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import pytest
from django.conf import settings
from django.core.files.base import ContentFile

from accounts.models import User
from movies import processing, storage
from movies.confined.child import OPEN_OPTIONS
from movies.models import Movie
from tests.movies.clips import clip
from tests.movies.conftest import Processed
from tests.movies.hostile import movie_of_another_file

Disguise = Callable[["Listener", Path], bytes]


class Listener(socketserver.TCPServer):
    """Notes who connects, and hangs up."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), socketserver.BaseRequestHandler)
        self.came: list[Any] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def verify_request(self, request: Any, client_address: Any) -> bool:
        self.came.append(client_address)
        return False

    def others(self) -> int:
        """How many have connected. Who comes now is let in last, so all are counted."""
        with (
            socket.create_connection(("127.0.0.1", self.server_address[1]), timeout=20) as last,
            contextlib.suppress(OSError),
        ):
            last.recv(1)
        return len(self.came) - 1


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener() as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def canaries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film as playlists want it, and an MP4 beside it."""
    folder = tmp_path_factory.mktemp("canaries")
    clip(folder / "canary.mp4", seconds=1, audio=None)
    return clip(folder / "canary.ts", container="mpegts", seconds=1, audio=None)


def of_it(film: Path) -> bytes:
    """Some of its pictures, which are the same in any container: of one packet of its 188 bytes."""
    whole = film.read_bytes()
    return whole[len(whole) // 376 * 188 + 100 :][:60]


def files() -> set[Path]:
    return {path for path in settings.DATA.rglob("*") if path.is_file()}


def hls(target: str) -> bytes:
    return f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{target}\n#EXT-X-ENDLIST\n".encode()


def concat(target: str) -> bytes:
    return f"ffconcat version 1.0\nfile {target}\n".encode()


def list_of_an_address(listener: Listener, beside: Path) -> bytes:
    return hls(f"{listener.url}/segment.ts")


def list_of_a_file(listener: Listener, beside: Path) -> bytes:
    return hls(beside.name)


def concat_of_a_file(listener: Listener, beside: Path) -> bytes:
    return concat(beside.name)


def index_of_a_file(listener: Listener, beside: Path) -> bytes:
    return movie_of_another_file(beside.with_suffix(".mp4"), beside.with_name("index.mov")).read_bytes()


@pytest.mark.parametrize("make", [list_of_an_address, list_of_a_file, concat_of_a_file, index_of_a_file])
def test_what_names_others_is_refused(
    alice: User, film: Path, processed: Processed, listener: Listener, canaries: Path, make: Disguise
) -> None:
    before = files()
    name = storage.keep(ContentFile(make(listener, canaries)), storage.new_name("movies", ".mp4"))
    folder = Path(storage.media().path(name)).parent
    for canary in canaries.parent.glob("canary.*"):
        (folder / canary.name).symlink_to(canary)
    movie = Movie.objects.create(owner=alice, title="?", file=name, size=1)
    processing.process(movie.pk)
    movie.refresh_from_db()
    assert movie.status == "failed", "what it names was taken for the movie"
    assert "can't be read as a movie" in movie.error or "No picture" in movie.error
    assert listener.others() == 0
    for canary in canaries.parent.glob("canary.*"):
        (folder / canary.name).unlink()
    assert not [path for path in files() - before if of_it(canaries) in path.read_bytes()]
    assert processed(film).status == "ready"


# A list that names an address is refused by either of the two lists of what FFmpeg may use: each is tried alone.
def test_no_protocol_but_that_of_files(listener: Listener, tmp_path: Path) -> None:
    path = tmp_path / "list.m3u8"
    path.write_bytes(hls(f"{listener.url}/segment.ts"))
    alone = {name: value for name, value in OPEN_OPTIONS.items() if name != "format_whitelist"}
    with pytest.raises(av.FFmpegError), av.open(f"file:{path}", options=alone):
        pass
    assert listener.others() == 0


def test_no_format_but_those_of_movies(canaries: Path) -> None:
    path = canaries.with_name("list.mp4")
    path.write_bytes(concat(canaries.name))
    alone = {name: value for name, value in OPEN_OPTIONS.items() if name != "protocol_whitelist"}
    with pytest.raises(av.FFmpegError), av.open(f"file:{path}", options=alone):
        pass
