"""Work on files of strangers, done in short-lived processes that can do little else.

FFmpeg has parsed hostile files wrongly before and will again. So each program here runs with limits on memory, time,
file size and descriptors, without the network where the kernel lets us, without our environment (no secrets in it),
and opens nothing but local MP4 and Matroska files. This module is the parent's side; ``child`` the other one.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from movies.confined.answers import Limits, Refusal

ROOT = Path(__file__).resolve().parents[2]
ANSWER_BYTES = 256 * 1024
MEMORY_BYTES = 2 * 1024**3

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
    program: str, *arguments: str, answer: type[Answer], seconds: float, writes: int = 0, memory: int = MEMORY_BYTES
) -> Answer:
    """Run ``movies.confined.<program>``, which may take ``seconds`` and write files of ``writes`` bytes.

    Raises Refused, Broken.
    """
    kinds: Any = answer | Refusal
    limits = Limits(memory=memory, cpu=int(seconds) + 1, file_size=max(writes, ANSWER_BYTES), files=64)
    command = [sys.executable, "-m", f"movies.confined.{program}", msgspec.json.encode(limits).decode(), *arguments]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        try:
            done = subprocess.run(
                command,
                cwd=ROOT,
                env={"LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                timeout=seconds,
                start_new_session=True,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise Broken(f"{program} took longer than {seconds:.0f} s") from None
        out.seek(0)
        err.seek(0)
        said = out.read(ANSWER_BYTES)
        try:
            found: Answer | Refusal = msgspec.json.decode(said, type=kinds)
        except msgspec.DecodeError:
            last_words = err.read(ANSWER_BYTES).decode(errors="replace").strip()[-500:]
            raise Broken(f"{program} ended with {done.returncode}: {last_words}") from None
    if isinstance(found, Refusal):
        raise Refused(found)
    return found
