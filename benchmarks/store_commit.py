"""What a commit costs over the lean link, beside the same script called by redis-py's asyncio client.

    .venv/bin/python -m benchmarks.store_commit [--rounds 3] [--commits 5000]

Starts a Redis of its own. `one`: one room, the next commit when the last is answered; `many`: 50 rooms at once. Rounds
are interleaved; each figure is the median of the rounds, CPU that of this process alone.
"""

import argparse
import asyncio
import statistics
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import perf_counter, process_time

import msgspec
import redis.asyncio
import uvloop

from scripts.native import Redis
from sync.store import APPLIED_KEPT, JOURNAL_KEPT, Entry
from sync.store.names import KEPT_MS, Names
from sync.store.redis import RedisStore
from sync.store.scripts import COMMIT
from sync.timeline import EPOCH, Timeline
from tests.sync.listening import Heard

ROOMS = 50
Commit = Callable[[str, int], Awaitable[None]]


def change(seq: int) -> tuple[Timeline, Entry]:
    held = Timeline(seq=seq, item="0190c6a4-film", position=61.25, state="playing", anchor=1_790_000_000.25, mark=seq)
    return held, Entry(seq, 1_790_000_000.2, "seek", "p-0190c6a4", "u-0190c6a4", str(seq), 61.25, "s-0190c6a4")


async def measure(commit: Commit, rooms: list[str], commits: int, seqs: dict[str, int]) -> tuple[float, float, float]:
    """(p50 ms, p99 ms, CPU µs a commit)."""
    taken: list[float] = []

    async def one_after_another(room: str) -> None:
        for _ in range(commits // len(rooms)):
            seqs[room] += 1
            began = perf_counter()
            await commit(room, seqs[room])
            taken.append(perf_counter() - began)

    cpu = process_time()
    await asyncio.gather(*map(one_after_another, rooms))
    cpu = process_time() - cpu
    taken.sort()
    return taken[len(taken) // 2] * 1e3, taken[len(taken) * 99 // 100] * 1e3, cpu / len(taken) * 1e6


async def run(url: str, rounds: int, commits: int) -> None:
    async def first_epoch(found: int | None) -> int:
        return found or 1

    store = RedisStore(url, first_epoch)
    await store.start(Heard())
    names = {f"room-{n}": Names("wp:", f"room-{n}", store.process) for n in range(ROOMS)}
    seqs = dict.fromkeys(names, EPOCH + 1)
    for room in names:
        await store.open(room, Timeline(seq=EPOCH + 1), [])
        await store.enter(room)
    client = redis.asyncio.Redis.from_url(url, socket_timeout=1)
    script = client.register_script(COMMIT.source)
    encode = msgspec.json.Encoder().encode

    async def lean(room: str, seq: int) -> None:
        timeline, entry = change(seq)
        outcome = await store.commit(room, expected=seq - 1, timeline=timeline, entry=entry)
        assert type(outcome).__name__ == "Committed", outcome

    async def stock(room: str, seq: int) -> None:
        timeline, entry = change(seq)
        of = names[room]
        keys = ["wp:epoch", of.room, of.journal, of.pairs, of.here]
        fixed: list[str | int | bytes] = [store.process, of.channel, KEPT_MS, JOURNAL_KEPT, APPLIED_KEPT, b"1"]
        said = await script(keys, [*fixed, seq - 1, seq, encode(timeline), encode(entry), encode(entry.pair)])
        assert said == 1, said

    print(f"{'':24}{'p50 ms':>10}{'p99 ms':>10}{'CPU µs':>10}   medians of {rounds} rounds of {commits} commits")
    for title, rooms in (("one", list(names)[:1]), ("many", list(names))):
        figures: dict[str, list[tuple[float, float, float]]] = {"lean": [], "redis-py": []}
        for commit in (lean, stock):
            await measure(commit, rooms, commits // 10, seqs)  # what is slow the first time
        for _ in range(rounds):
            figures["lean"].append(await measure(lean, rooms, commits, seqs))
            figures["redis-py"].append(await measure(stock, rooms, commits, seqs))
        medians = {
            name: [statistics.median(column) for column in zip(*rows, strict=True)] for name, rows in figures.items()
        }
        for name, values in medians.items():
            print(f"{title:8}{name:16}" + "".join(f"{value:10.3f}" for value in values))
        ratios = [a / b for a, b in zip(medians["lean"], medians["redis-py"], strict=True)]
        print(f"{title:8}{'lean / redis-py':16}" + "".join(f"{ratio:10.2f}" for ratio in ratios))
    await client.aclose()
    await store.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--commits", type=int, default=5000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        service = Redis(Path(folder) / "redis")
        service.start()
        try:
            uvloop.run(run(service.settings()["REDIS_URL"], asked.rounds, asked.commits))
        finally:
            service.stop()


if __name__ == "__main__":
    main()
