"""The Lua scripts in lua/: what Redis does in one step. Each says what it takes and returns."""

import hashlib
from pathlib import Path

from sync.store.connection import pack


class Script:
    """A Lua script; `pack` makes a command of it."""

    def __init__(self, source: str) -> None:
        self.source = source.encode()
        self.sha = hashlib.sha1(self.source, usedforsecurity=False).hexdigest()

    def pack(self, keys: list[str], *args: str | bytes | int, whole: bool = False) -> bytes:
        """EVALSHA, or EVAL with the `whole` source, which Redis then keeps."""
        named = ("EVAL", self.source) if whole else ("EVALSHA", self.sha)
        return pack(*named, len(keys), *keys, *args)


def _read(name: str) -> Script:
    return Script((Path(__file__).parent / "lua" / f"{name}.lua").read_text())


ADOPT = _read("adopt")
APPLIED = _read("applied")
BEAT = _read("beat")
COMMIT = _read("commit")
ENTER = _read("enter")
OPEN = _read("open")
PROCESSES = _read("processes")
REMEMBER = _read("remember")
SHIFT = _read("shift")
TELL = _read("tell")

ALL = [ADOPT, APPLIED, BEAT, COMMIT, ENTER, OPEN, PROCESSES, REMEMBER, SHIFT, TELL]
