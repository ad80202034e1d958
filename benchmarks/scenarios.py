"""What is measured: the generator's words for each scenario, and which figures are read from its reports."""

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Report = Mapping[str, Any]
"""What ``benchmarks/load`` prints: see report.go."""

CLOSED = ("-rates", "0", "-measure", "5s")
# Well below saturation: at the edge p99 is that of the machine's queue, and swings by a factor of 7. Even so single
# stretches differ by a half, so there are many short ones.
CALM = ("-rates", "25", "-warm", "500ms", "-measure", "2s")
STRETCHES = 6
READING, STALLED = "all read", "one stalled"
PAIR = ("watchparty", "watchparty-2", "go")
ALL = (*PAIR, "channels-pubsub", "channels-core")
SINGLE = ("watchparty", "go", "channels-pubsub", "channels-core")


@dataclass(frozen=True)
class Figure:
    """A number of a run. ``reports`` has one report for each arm of the scenario."""

    name: str
    unit: str
    better: Literal["lower", "higher", "none"]
    read: Callable[[Mapping[str, Report]], float]


@dataclass(frozen=True)
class Scenario:
    name: str
    says: str
    rooms: int
    participants: int
    arms: Mapping[str, tuple[str, ...]]
    """By name: what the generator is told. All arms of a run meet the same server, one after the other."""
    figures: tuple[Figure, ...]
    contenders: tuple[str, ...] = PAIR
    processes: int = 1
    spare: int = 0
    """Accounts beyond the participants, for guests who come later."""
    slower: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By contender: words that are said after the arm's, where it can't carry the others' load."""


def step(*path: str, arm: str = "", last: bool = True) -> Callable[[Mapping[str, Report]], float]:
    """Reads a number of an arm's last step."""

    def read(reports: Mapping[str, Report]) -> float:
        value: Any = reports[arm]["steps"][-1 if last else 0]
        for name in path:
            value = value[name]
        return float(value)

    return read


def whole(name: str) -> Callable[[Mapping[str, Report]], float]:
    return lambda reports: float(reports[""][name])


def faults(reports: Mapping[str, Report]) -> float:
    """Lost, duplicated and reordered deliveries and lost connections, in the steps that were sustained."""
    kinds = ("lost", "duplicated", "reordered", "disconnected")
    steps = [one for report in reports.values() for one in report.get("steps", ()) if one["sustained"]]
    return float(sum(one[kind] for one in steps for kind in kinds))


def best(name: str) -> Callable[[Mapping[str, Report]], float]:
    """Reads a number of the highest step that was sustained; 0 if none was."""

    def read(reports: Mapping[str, Report]) -> float:
        sustained = [one for one in reports[""]["steps"] if one["sustained"]]
        return float(max(sustained, key=lambda one: float(one["deliveries_per_s"]))[name]) if sustained else 0.0

    return read


def p99_while(kind: str) -> Callable[[Mapping[str, Report]], float]:
    """The median p99 of a delivery, ms, over all arms whose names begin so."""

    def read(reports: Mapping[str, Report]) -> float:
        return statistics.median(
            step("delivery_ms", "p99", arm=arm)(reports) for arm in reports if arm.startswith(kind)
        )

    return read


def change_of_p99(reports: Mapping[str, Report]) -> float:
    """By what share a stalled participant changes the others' p99."""
    return p99_while(STALLED)(reports) / p99_while(READING)(reports) - 1


def _alternated(stretches: int) -> dict[str, tuple[str, ...]]:
    """So many stretches of each kind in turn, on one server; every second pair the other way round."""
    kinds = {READING: CALM, STALLED: (*CALM, "-stalled", "1")}
    turns = [
        (number, kind) for number in range(stretches) for kind in (list(kinds)[::-1] if number % 2 else list(kinds))
    ]
    return {f"{kind} {number + 1}": kinds[kind] for number, kind in turns}


def crowd(event: str, key: str) -> Callable[[Mapping[str, Report]], float]:
    def read(reports: Mapping[str, Report]) -> float:
        return next(float(one[key]) for one in reports[""]["crowd"] if one["event"] == event)

    return read


P50 = Figure("to the last p50", "ms", "lower", step("room_ms", "p50"))
P99 = Figure("to the last p99", "ms", "lower", step("room_ms", "p99"))
DELIVERY_P99 = Figure("delivery p99", "ms", "lower", step("delivery_ms", "p99"))
RATE = Figure("deliveries", "1/s", "higher", step("deliveries_per_s"))
CPU = Figure("web CPU", "s per million", "lower", step("server_cpu_s_per_million"))
BESIDE = Figure("Redis and PostgreSQL CPU", "s per million", "lower", step("beside_cpu_s_per_million"))
FAULTS = Figure("lost, twice, reordered, cut off", "", "none", faults)
OWN = Figure("generator's CPU", "share", "none", step("own_cpu_share"))
WAIT = Figure("CPU wait", "share", "none", step("cpu_wait"))
LATENCY = (P50, P99, RATE, CPU, BESIDE, FAULTS, OWN, WAIT)
CROWD = tuple(
    figure
    for event in ("join", "change", "leave")
    for figure in (
        Figure(f"{event}: web CPU", "µs", "none", crowd(event, "server_cpu_us_per_event")),
        Figure(f"{event}: sent", "bytes", "none", crowd(event, "bytes_per_event")),
    )
)


def _crowd(size: int) -> Scenario:
    return Scenario(
        f"crowd-{size}",
        f"joins, changes of presence and leaves in rooms of {size}, 1,000 people in all",
        1000 // size,
        size,
        {"": ("-crowd", "200", "-crowd-rate", "25", "-crowd-gone", "34s")},
        CROWD,
        contenders=("watchparty",),
        spare=200 * size // 1000 + 1,
    )


SCENARIOS = {
    one.name: one
    for one in (
        Scenario("one-room", "1 room × 10, closed loop", 1, 10, {"": CLOSED}, LATENCY, (*ALL, "embedded")),
        Scenario(
            "ramp",
            "100 rooms × 10: the most that is sustained at p99 ≤ 50 ms",
            100,
            10,
            {"": ("-rates", "20", "-search", "160", "-measure", "3s", "-tries", "9")},
            (
                Figure("sustained", "deliveries/s", "higher", whole("sustained_deliveries_per_s")),
                Figure("web CPU there", "s per million", "lower", best("server_cpu_s_per_million")),
                Figure("Redis and PostgreSQL CPU", "s per million", "lower", best("beside_cpu_s_per_million")),
                FAULTS,
                Figure("CPU wait there", "share", "none", best("cpu_wait")),
            ),
            ALL,
            slower=dict.fromkeys(("channels-pubsub", "channels-core"), ("-rates", "1", "-search", "16", "-tries", "5")),
        ),
        Scenario(
            "big-room",
            "1 room × 1,000, closed loop with a pause of 50 ms",
            1,
            1000,
            {"": (*CLOSED, "-think", "50ms")},
            LATENCY,
            ALL,
        ),
        Scenario(
            "idle",
            "2,000 idle connections in 200 rooms",
            200,
            10,
            {"": ("-rates", "", "-hold", "10s")},
            (
                Figure("memory per connection", "KB", "lower", whole("kb_per_connection")),
                Figure("joining all", "s", "lower", whole("connect_s")),
                Figure("web CPU at rest", "s per minute", "lower", whole("idle_cpu_s_per_minute")),
            ),
            ALL,
        ),
        Scenario(
            "two-processes", "1 room × 10 over two processes, closed loop", 1, 10, {"": CLOSED}, LATENCY, SINGLE, 2
        ),
        Scenario(
            "stalled",
            "20 rooms × 10, 25 commands/s each; in turn all read, and one in each room never does",
            20,
            10,
            _alternated(STRETCHES),
            (
                Figure("p99, all read", "ms", "lower", p99_while(READING)),
                Figure("p99, one stalled", "ms", "lower", p99_while(STALLED)),
                Figure("change", "share", "none", change_of_p99),
                FAULTS,
                Figure("CPU wait", "share", "none", step("cpu_wait", arm=f"{STALLED} 1")),
            ),
            ("watchparty", "go"),
        ),
        Scenario(
            "cpu",
            "100 rooms × 10, 30 commands/s each",
            100,
            10,
            {"": ("-rates", "30", "-measure", "8s")},
            (CPU, BESIDE, P50, DELIVERY_P99, RATE, FAULTS, OWN, WAIT),
        ),
        _crowd(10),
        _crowd(100),
        _crowd(1000),
    )
}
