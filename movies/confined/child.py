"""The confined side: give up what isn't needed, do one piece of work, answer on stdout."""

import contextlib
import ctypes
import errno
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import msgspec
from av.container import InputContainer
from av.stream import Disposition
from av.subtitles.stream import SubtitleStream

from movies.confined.answers import Facts, Limits, Made, Progress, Reason, Refusal, Rendered, Sheet, Tracks

MAX_STREAMS = 64
# Only these, and only from the disk: a playlist or a redirecting file could name URLs or other files of ours.
OPEN_OPTIONS = {
    "protocol_whitelist": "file",
    "format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi",
    "enable_drefs": "0",
    "max_streams": str(MAX_STREAMS),
}
# Subtitles that FFmpeg decodes to text. Those of DVDs and Blu-rays are pictures.
TEXTS = frozenset({"subrip", "ass", "ssa", "mov_text", "webvtt", "text"})
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
# Said so often at most, in parts of the whole: what is said is kept until the end.
_STEPS = 200
_NICER = 10
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38


class Refuse(Exception):
    def __init__(self, reason: Reason, detail: object = "") -> None:
        self.refusal = Refusal(reason, str(detail)[:500])


def main(work: Callable[..., Facts | Made | Rendered | Sheet | Tracks]) -> None:
    """Run ``work`` with the command line's arguments, the first of which are the limits."""
    confine(msgspec.json.decode(sys.argv[1], type=Limits))
    answer: Facts | Made | Rendered | Sheet | Tracks | Refusal
    try:
        answer = work(*sys.argv[2:])
    except Refuse as refused:
        answer = refused.refusal
    sys.stdout.buffer.write(msgspec.json.encode(answer))


class _Told:
    steps = 0


def tell(done: float) -> None:
    """Say how far the work is, from 0 to 1. Never that it went backwards."""
    steps = int(min(max(done, 0.0), 1.0) * _STEPS)
    if steps > _Told.steps:
        _Told.steps = steps
        sys.stdout.buffer.write(msgspec.json.encode(Progress(steps / _STEPS)) + b"\n")
        sys.stdout.buffer.flush()


def confine(limits: Limits) -> None:
    # The rooms' own work goes first.
    os.nice(_NICER)
    for what, most in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_CPU, limits.cpu),
        (resource.RLIMIT_FSIZE, limits.file_size),
        (resource.RLIMIT_NOFILE, limits.files),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        # When the worker is killed, nobody waits for this any more.
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        # An empty network of our own. Some kernels and containers refuse it: then the whitelists above stand alone.
        libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)


@contextlib.contextmanager
def opened(path: str) -> Iterator[InputContainer]:
    """The file, opened by FFmpeg. What FFmpeg can't make sense of is refused as unreadable."""
    try:
        with _open(path) as container:
            if len(container.streams) >= MAX_STREAMS:
                raise Refuse("too_many_streams", len(container.streams))
            yield container
    except MemoryError:
        raise  # ours is too small; that says nothing about the file
    except (av.FFmpegError, UnicodeDecodeError) as error:
        raise Refuse("unreadable", error) from None


def _open(path: str) -> InputContainer:
    # Of MP4 and AVI with too many tracks FFmpeg says that memory was lacking; only its log tells what for.
    av.logging.set_level(av.logging.ERROR)
    try:
        with av.logging.Capture() as said:
            return av.open(f"file:{Path(path).resolve()}", options=OPEN_OPTIONS, metadata_errors="replace")
    except MemoryError:
        if any("max_streams" in message for _, _, message in said):
            raise Refuse("too_many_streams") from None
        raise
    finally:
        av.logging.set_level(None)


@contextlib.contextmanager
def written() -> Iterator[None]:
    """What goes wrong while a file is made from another one."""
    try:
        yield
    except MemoryError:
        raise
    except av.FFmpegError as error:
        reasons: dict[int, Reason] = {errno.ENOSPC: "no_space", errno.EDQUOT: "no_space", errno.EFBIG: "too_large"}
        raise Refuse(reasons.get(error.errno or 0, "not_copyable"), error) from None


def picture_stream(container: InputContainer) -> av.VideoStream:
    """The moving pictures; a cover image isn't."""
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            # Threads would take memory by the number of processors, and many files are worked on at a time.
            stream.codec_context.thread_count = 1
            return stream
    raise Refuse("no_video")


def text_streams(container: InputContainer) -> list[SubtitleStream]:
    return [stream for stream in container.streams.subtitles if stream.codec_context.codec.canonical_name in TEXTS]


def decoded(packet: "av.Packet[Any]") -> list[object]:
    """Its frames. A damaged spot isn't the end: it is left out."""
    try:
        return list(packet.decode())
    except av.error.InvalidDataError:
        return []
