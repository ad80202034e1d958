"""How long a film takes from the upload's end to playable, beside ffmpeg alone doing the same work.

    .venv/bin/python -m benchmarks.preparing [--rounds 3] [--films FOLDER] [NAME…]

Films, made once by ffmpeg into FOLDER: one that is made anew, one whose sound is, two that are only packed anew, of
which the small one shows what is the same for any film. With NAMEs (`mpeg4.avi`) only these.
Ours is from the answer to the last byte until the movie is `ready`, the queue and everything else included; ffmpeg's
is the one command that makes a file of the same kind, with the same encoder settings, as many threads and the same
priority. Interleaved.
"""

import argparse
import shutil
import statistics
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from scripts.native.service import ROOT
from tests.live import LiveServer, Person

LOOK_SECONDS = 0.02
WAIT_SECONDS = 170
NICE = ("nice", "-n", "10")
"""As the worker's own programs run."""
CHUNK_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True)
class Film:
    """``made`` and ``work``: ffmpeg's arguments that make it, and that do with it what we do."""

    name: str
    title: str
    made: tuple[str, ...]
    work: tuple[str, ...]


_PICTURE = ("-f", "lavfi", "-i", "testsrc2=size=1280x720:rate=30", "-f", "lavfi", "-i", "sine=frequency=440")
_H264 = ("-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-g", "60")
_FAST = ("-map", "0:v:0", "-map", "0:a:0", "-movflags", "+faststart")
_OURS = ("-crf", "22", "-maxrate", "8M", "-bufsize", "16M", "-threads", "2")
SEED = "seed.mkv"
MADE = {SEED: (*_PICTURE, "-t", "30", *_H264[:3], "ultrafast", *_H264[4:], "-c:a", "ac3")}
"""What a film is made of."""
FILMS = (
    Film(
        "mpeg4.avi",
        "MPEG-4 and MP3 in AVI, 30 s: all made anew",
        (*_PICTURE, "-t", "30", "-c:v", "mpeg4", "-q:v", "4", "-c:a", "libmp3lame"),
        (*_FAST, *_H264, *_OURS, "-c:a", "aac", "-ac", "2"),
    ),
    Film(
        "ac3.mkv",
        "H.264 and AC-3 in Matroska, 10 min: the sound made anew",
        ("-stream_loop", "19", "-i", SEED, "-c", "copy"),
        (*_FAST, "-c:v", "copy", "-c:a", "aac", "-ac", "2"),
    ),
    Film(
        "aac.mkv",
        "H.264 and AAC in Matroska, 10 min: packed anew",
        ("-i", "ac3.mkv", "-c:v", "copy", "-c:a", "aac"),
        (*_FAST, "-c", "copy"),
    ),
    Film(
        "short.mkv",
        "H.264 and AAC in Matroska, 20 s: packed anew",
        ("-i", "aac.mkv", "-t", "20", "-c", "copy"),
        (*_FAST, "-c", "copy"),
    ),
)


def ffmpeg(*arguments: str, folder: Path) -> float:
    """Seconds that it took."""
    began = time.perf_counter()
    command = [*NICE, "ffmpeg", "-nostdin", "-v", "error", "-y", *arguments]
    subprocess.run(command, cwd=folder, check=True, timeout=1800)
    return time.perf_counter() - began


def upload(person: Person, film: Path) -> tuple[str, float]:
    """The movie's id, and when its last byte was taken."""
    size = film.stat().st_size
    begun = person.post("uploads/", 201, filename=film.name, size=size, content_type="video/mp4", title=film.stem)
    with film.open("rb") as file:
        for first in range(0, size, CHUNK_BYTES):
            chunk = file.read(CHUNK_BYTES)
            span = {"Content-Range": f"bytes {first}-{first + len(chunk) - 1}/{size}"}
            answer = person.http.put(f"{person.server.url}{begun['upload_url']}", content=chunk, headers=span)
    if answer.status_code not in (200, 201):
        raise SystemExit(f"The upload ended with {answer.status_code}: {answer.text}")
    return str(begun["movie"]), time.perf_counter()


def prepared(person: Person, film: Path) -> float:
    """Seconds from the upload's end to ready."""
    movie, ended = upload(person, film)
    while (now := person.get(f"movies/{movie}/"))["status"] == "processing":
        if time.perf_counter() > ended + WAIT_SECONDS:
            raise SystemExit(f"{film.name} isn't ready after {WAIT_SECONDS} s")
        time.sleep(LOOK_SECONDS)
    seconds = time.perf_counter() - ended
    if now["status"] != "ready":
        raise SystemExit(f"{film.name}: {now['error']}")
    # Its previews are made now; the next measurement begins when that is over.
    while not person.get(f"movies/{movie}/")["previews"]:
        if time.perf_counter() > ended + 2 * WAIT_SECONDS:
            raise SystemExit(f"{film.name} has no previews")
        time.sleep(LOOK_SECONDS)
    person.http.delete(f"movies/{movie}/")
    return seconds


def run(films: Path, scratch: Path, rounds: int, names: list[str]) -> None:
    live = LiveServer(scratch / "watchparty")
    try:
        live.start()
        alice = live.person()
        for film in (film for film in FILMS if not names or film.name in names):
            source = films / film.name
            ours, theirs = [], []
            for _ in range(rounds):
                ours.append(prepared(alice, source))
                theirs.append(ffmpeg("-i", str(source), *film.work, "out.mp4", folder=scratch))
            ratios = [a / b for a, b in zip(ours, theirs, strict=True)]
            print(
                f"{film.title} ({source.stat().st_size / 1e6:.0f} MB): WatchParty {_seen(ours)} s, ffmpeg "
                f"{_seen(theirs)} s, ratio {_seen(ratios)}",
                flush=True,
            )
    finally:
        live.stop()


def _seen(values: list[float]) -> str:
    return f"{statistics.median(values):.2f} ({min(values):.2f}–{max(values):.2f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="0: only make the films")
    parser.add_argument("--films", type=Path, default=ROOT / "benchmarks" / "results" / "films")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(film.name for film in FILMS))
    asked = parser.parse_args()
    if not shutil.which("ffmpeg"):
        raise SystemExit("ffmpeg is missing: apt-get install ffmpeg")
    asked.films.mkdir(parents=True, exist_ok=True)
    for name, made in (MADE | {film.name: film.made for film in FILMS}).items():
        if not (asked.films / name).exists():
            ffmpeg(*made, f"making-{name}", folder=asked.films)
            (asked.films / f"making-{name}").rename(asked.films / name)
    if asked.rounds:
        with tempfile.TemporaryDirectory() as scratch:
            run(asked.films, Path(scratch), asked.rounds, asked.names)


if __name__ == "__main__":
    main()
