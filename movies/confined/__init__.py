"""Work on files of strangers, done in short-lived processes that can do little else.

FFmpeg has parsed hostile files wrongly before and will again. So each program here runs with limits on memory, time,
file size and descriptors, without the network where the kernel lets us, without our environment (no secrets in it),
and opens nothing but local MP4, Matroska and AVI files. This module is the parent's side; ``child`` the other one.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import IO, Any, TypeVar

import msgspec

from movies.confined.answers import Limits, Progress, Refusal

ROOT = Path(__file__).resolve().parents[2]
ANSWER_BYTES = 256 * 1024
MEMORY_BYTES = 2 * 1024**3
PULSE_SECONDS = 1.0
"""How often `meanwhile` is called."""

Answer = TypeVar("Answer", bound=msgspec.Struct)


class Refused(Exception):
    """The file is at fault. ``reason`` is a word of ``answers.Reason``; ``detail`` is FFmpeg's, for the log."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"{refusal.reason} {refusal.detail}")
        self.reason = refusal.reason
        self.detail = refusal.detail


class Broken(Exception):
    """The program gave no answer: it ran out of time or memory, or crashed."""


def run(
    program: str,
    *arguments: str,
    answer: type[Answer],
    seconds: float,
    writes: int = 0,
    memory: int = MEMORY_BYTES,
    threads: int = 1,
    meanwhile: Callable[[float | None], None] | None = None,
) -> Answer:
    """Run ``movies.confined.<program>``, which may take ``seconds`` and write files of ``writes`` bytes.

    ``meanwhile`` is called every `PULSE_SECONDS` with the part of the work, of 1, that is done, or None while the
    program has not said; what it raises ends the program. Raises Refused, Broken.
    """
    limits = Limits(memory=memory, cpu=int(seconds * threads) + 1, file_size=max(writes, ANSWER_BYTES), files=64)
    command = [sys.executable, "-m", f"movies.confined.{program}", msgspec.json.encode(limits).decode(), *arguments]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={"LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
        deadline = monotonic() + seconds
        try:
            while not _ended(process, min(PULSE_SECONDS, deadline - monotonic())):
                if monotonic() >= deadline:
                    raise Broken(f"{program} took longer than {seconds:.0f} s")
                if meanwhile is not None:
                    meanwhile(_progress(out))
        finally:
            process.kill()
            process.wait()
        found = _last_said(out, answer | Refusal)
        if found is None:
            err.seek(0)
            last_words = err.read(ANSWER_BYTES).decode(errors="replace").strip()[-500:]
            raise Broken(f"{program} ended with {process.returncode}: {last_words}")
    if isinstance(found, Refusal):
        raise Refused(found)
    said: Answer = found
    return said


def _ended(process: subprocess.Popen[bytes], seconds: float) -> bool:
    try:
        process.wait(max(0.0, seconds))
    except subprocess.TimeoutExpired:
        return False
    return True


def _progress(out: IO[bytes]) -> float | None:
    said = _last_said(out, Progress)
    return said.done if said is not None else None


def _last_said(out: IO[bytes], kinds: Any) -> Any:
    """The last line, if it is whole and of one of these kinds."""
    # Not by seek: the program writes at the position that it shares with us.
    lines = os.pread(out.fileno(), ANSWER_BYTES, 0).splitlines()
    try:
        return msgspec.json.decode(lines[-1], type=kinds) if lines else None
    except msgspec.DecodeError:
        return None
