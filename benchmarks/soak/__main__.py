"""``python -m benchmarks.soak --minutes 30``: rooms of simulated people on the stack with two web processes.

They join, leave, play, seek, stall, chat and lose their network, each by dice that ``--seed`` throws. The verdict is
the exit code: 1 if anything was wrong. Below some ten minutes nothing is said of memory.
"""

import argparse
import asyncio
import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace

from benchmarks.contenders import CONTENDERS, started
from benchmarks.soak.notes import TOLERANCE
from benchmarks.soak.party import Party
from benchmarks.soak.server import complaints, drifts, growth, resident, tree
from benchmarks.stand import FOLDER, Failed, Stand
from scripts.native import Unavailable

SAMPLE_SECONDS = 10.0
LEAST_MINUTES, MOST_MINUTES = 2, 55
"""Coming back and settling take a minute and a half; the accounts' tokens are good for an hour."""
LIFTED = {"SYNC_MESSAGES_PER_SECOND", "SYNC_CONNECTIONS_PER_USER"}
TOGETHER = "4"
"""Sockets of a room that stay in one worker: with so few, each room is in both."""

Memory = dict[str, list[int]]


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30, help=f"in all, {LEAST_MINUTES} to {MOST_MINUTES}")
    parser.add_argument("--rooms", type=int, default=20)
    parser.add_argument("--people", type=int, default=10, help="in each room")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    given = parser.parse_args()
    if not LEAST_MINUTES <= given.minutes <= MOST_MINUTES or given.rooms < 1 or given.people < 2:
        parser.error(f"expected {LEAST_MINUTES} to {MOST_MINUTES} minutes, a room and two people at least")
    stand = Stand(FOLDER / "soak")
    try:
        stand.start()
        party, memory, log = soak(stand, given.rooms, given.people, given.minutes * 60, given.seed)
    except (Failed, Unavailable) as problem:
        print(problem, file=sys.stderr)
        return 1
    finally:
        stand.stop()
    wrong = list(report(party, memory, log))
    print("\nVerdict: " + ("nothing was wrong." if not wrong else "\n".join(["FAILED", *wrong])))
    return 1 if wrong else 0


def soak(stand: Stand, rooms: int, people: int, seconds: float, seed: int) -> tuple[Party, Memory, str]:
    """What the people wrote down, the memory of each process (KB, each 10 s), and the server's log."""
    print(f"SEED={seed}: {rooms} rooms × {people} people, {seconds / 60:g} minutes, two web processes.", flush=True)
    log = stand.folder / "soak.log"
    log.unlink(missing_ok=True)
    # Its limits are those that people meet.
    environment = {name: value for name, value in stand.environment().items() if name not in LIFTED}
    environment |= {"WORKERS": "2", "ROOM_TOGETHER": TOGETHER, "LOG_LEVEL": "INFO", "LOG_FORMAT": "plain"}
    contender = replace(CONTENDERS["watchparty-2"], name="soak", environment=lambda _: environment)
    accounts = json.loads(stand.manage("seed_bench", "--rooms", str(rooms), "--participants", str(people)))
    with started(contender, stand, 1) as running:
        [first, *workers] = tree(running.pids[0])
        named = {"web, first": first} | {f"web, worker {number}": pid for number, pid in enumerate(workers, 1)}
        if redis := stand.redis.pid():
            named["Redis"] = redis
        party = Party(accounts, running.addresses[0], seed)
        memory = asyncio.run(_watched(party, seconds, named))
    return party, memory, log.read_text(errors="replace")


async def _watched(party: Party, seconds: float, named: dict[str, int]) -> Memory:
    memory: Memory = {name: [] for name in named}
    begun, cpu = time.monotonic(), time.process_time()
    running = asyncio.create_task(party.run(seconds))
    while not running.done():
        for name, pid in named.items():
            memory[name].append(resident(pid))
        if len(next(iter(memory.values()))) % 6 == 0:
            _say_how_it_goes(party, time.monotonic() - begun)
        await asyncio.wait([running], timeout=SAMPLE_SECONDS)
    await running
    took = time.monotonic() - begun
    print(f"\n{took / 60:.1f} minutes; the simulated people took {(time.process_time() - cpu) / took:.2f} of a core.")
    return memory


def _say_how_it_goes(party: Party, seconds: float) -> None:
    acts, surprises = party.notes.acts.total(), party.notes.surprises.total()
    print(f"{seconds / 60:4.1f} min: {acts} acts, {surprises} surprises, load {os.getloadavg()[0]:.1f}", flush=True)


def report(party: Party, memory: Memory, log: str) -> Iterable[str]:
    """Prints the tables, and yields what was wrong."""
    notes = party.notes
    _table("acts", notes.acts)
    resumes = {f"resumed, {why}": count for why, count in notes.resumes.items()}
    _table("came in", Counter({"joins": notes.joins} | resumes))
    _table("refusals that had to be", notes.errors)
    _table("surprises", notes.surprises)
    warnings, errors = complaints(log)
    _table("warnings in the server's log", warnings)
    _table("errors in the server's log", errors)
    print("\n| process | KB at first | in the middle | at the end | gained in the second half |\n|---|---|---|---|---|")
    for name, kept in memory.items():
        print(f"| {name} | {kept[0]:,} | {kept[len(kept) // 2]:,} | {kept[-1]:,} | {growth(kept):,.0f} |")
    print("\n| a room's time-out, s | waits | mean, s | longest, s |\n|---|---|---|---|")
    for timeout in sorted({room.timeout for room in party.rooms}):
        waits = [wait for room in party.rooms if room.timeout == timeout for wait in room.waits()]
        if waits:
            print(f"| {timeout} | {len(waits)} | {sum(waits) / len(waits):.2f} | {max(waits):.2f} |")
    timelines, lines = (sum(map(part, party.rooms)) for part in _PARTS)
    print(f"\n{timelines} timelines, {lines} lines of chat in {sum(len(room.stays) for room in party.rooms)} stays.")
    print(f"A wait may last {TOLERANCE} s over the time-out: the scheduled start, and a busy machine.")
    yield from (f"{count}× {what}" for what, count in notes.surprises.items())
    yield from (f"{count}× in the log: {what}" for what, count in errors.items())
    for name, kept in memory.items():
        if drifts(kept):
            yield f"{name} grows: {growth(kept):,.0f} KB in half the time"
    yield from party.faults


_PARTS: tuple[Callable[..., int], ...] = (lambda room: len(room.timelines), lambda room: len(room.said))


def _table(title: str, counted: Counter[str]) -> None:
    print(f"\n| {title} | {counted.total()} |\n|---|---|")
    for what, count in counted.most_common():
        print(f"| {what} | {count} |")


if __name__ == "__main__":
    sys.exit(main())
