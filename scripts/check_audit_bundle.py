#!/usr/bin/env python3
"""Check bundles of a WatchParty audit ledger. Needs Python 3.9 and nothing else; asks no server.

    check_audit_bundle.py BUNDLE… [--root TX:HASH]…

Several bundles of one ledger are given in order. Each entry's hash is SHA-256 over its number, the hash of the entry
before and the payload, each on a line, so the last hash stands for all that came before it. A root that you got
another way, earlier, or from somebody else who holds the ledger, must be among them: then nothing up to there was
changed since. Exit code 0: all holds; 1: it does not; 2: it can't be read.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

FORMAT = "watchparty-audit-1"


class Broken(Exception):
    """Something isn't what it says."""


class Unreadable(Exception):
    """This is no bundle."""


def lines_of(path: str) -> list[dict[str, Any]]:
    try:
        return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").split("\n") if line]
    except (OSError, ValueError) as error:
        raise Unreadable(f"{path}: {error}") from error


def link(tx: int, previous: str, payload: str) -> str:
    return hashlib.sha256(f"{tx}\n{previous}\n{payload}".encode()).hexdigest()


def check_entry(entry: dict[str, Any], tx: int, previous: str) -> str:
    """The hash of an entry that must have this number and follow this hash."""
    if entry["tx"] != tx:
        raise Broken(f"entry {tx} is missing: found {entry['tx']}")
    if link(tx, previous, entry["payload"]) != entry["hash"]:
        raise Broken(f"entry {tx} isn't what was written")
    if json.loads(entry["payload"])["event"] != entry["event"]:
        raise Broken(f"entry {tx} is filed under another event")
    return str(entry["hash"])


def check_bundle(path: str, before: tuple[int, str] | None) -> tuple[dict[int, str], tuple[int, str]]:
    """The roots of a bundle by number: before its first entry and after each. ``before`` is the last bundle's end."""
    lines = lines_of(path)
    try:
        head, *entries, end = lines
        if head["format"] != FORMAT:
            raise Unreadable(f"{path}: expected the format {FORMAT}, not {head['format']}")
        tx, hash = head["after"], head["previous"]
        if before and before != (tx, hash):
            raise Broken(f"{path} doesn't begin where the bundle before it ends, after entry {before[0]}")
        if tx == 0 and hash != "0" * 64:
            raise Broken(f"{path} doesn't begin at the beginning")
        roots = {tx: hash}
        for entry in entries:
            hash = check_entry(entry, tx + 1, hash)
            tx += 1
            roots[tx] = hash
        if (end["root"]["tx"], end["root"]["hash"]) != (tx, hash):
            raise Broken(f"{path} doesn't end with its root, entry {end['root']['tx']}")
    except (KeyError, TypeError, ValueError) as error:
        raise Unreadable(f"{path}: not a bundle ({error!r})") from error
    return roots, (tx, hash)


def check_root(said: str, roots: dict[int, str]) -> None:
    tx, _, hash = said.partition(":")
    if not tx.isdigit() or int(tx) not in roots:
        raise Broken(f"no bundle reaches the root {said}")
    if roots[int(tx)] != hash:
        raise Broken(f"entry {tx} isn't the one that your root knows: its hash is {roots[int(tx)]}")


def main() -> int:
    parser = argparse.ArgumentParser(description="Check bundles of a WatchParty audit ledger.")
    parser.add_argument("bundles", nargs="+", metavar="BUNDLE")
    parser.add_argument("--root", action="append", default=[], metavar="TX:HASH", help="what you know of the ledger")
    wanted = parser.parse_args()
    known: dict[int, str] = {}
    end: tuple[int, str] | None = None
    try:
        for path in wanted.bundles:
            roots, end = check_bundle(path, end)
            known.update(roots)
        for root in wanted.root:
            check_root(root, known)
    except Broken as broken:
        sys.stderr.write(f"NOT TRUE: {broken}\n")
        return 1
    except Unreadable as problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    assert end is not None
    trust = "and your roots are in it" if wanted.root else "but compare the root with one that you trust (--root)"
    sys.stdout.write(f"{len(known) - 1} entries hold together, {trust}.\nroot {end[0]}:{end[1]}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
