"""``python -m benchmarks.run [SCENARIO…]``: WatchParty beside its references, in turn, on this machine.

Each round runs every contender of each scenario once, each on fresh processes, in a turned order. What has been seen
is saved after each run: a call with ``--into`` of an earlier one runs what is missing up to ``--rounds``, so an
interrupted call is taken up, and a higher number adds rounds.
"""

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import figures
from benchmarks.contenders import CONTENDERS, Running, started
from benchmarks.figures import Run
from benchmarks.scenarios import SCENARIOS, Report, Scenario
from benchmarks.stand import FOLDER, Failed, Stand
from scripts.native import Unavailable

# No run of the generator takes longer; what does is broken.
LOAD_SECONDS = 170


def main() -> int:
    # So that the servers are ended as by Ctrl-C.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("Ended by SIGTERM."))
    given = arguments()
    scenarios = [SCENARIOS[name] for name in given.scenarios or SCENARIOS]
    runs = figures.load(given.into)
    if not given.show:
        stand = Stand()
        try:
            stand.start()
            measure(stand, scenarios, given, runs)
        except (Failed, Unavailable) as problem:
            print(problem, file=sys.stderr)
            return 1
        finally:
            stand.stop()
    for scenario in scenarios:
        if any(run.scenario == scenario.name for run in runs):
            print("\n" + figures.table(scenario, runs))
    print(f"\nAll reports: {given.into}")
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.run", description=__doc__)
    told = "; ".join(f"{one.name}: {one.says}" for one in SCENARIOS.values())
    parser.add_argument("scenarios", metavar="SCENARIO", nargs="*", help=f"{told}. All by default.")
    parser.add_argument("--rounds", type=int, default=3, help="how many there shall be in all")
    parser.add_argument("--only", help="of each scenario's contenders these, with commas between; all by default")
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    parser.add_argument("--into", type=Path, default=FOLDER / f"{stamp}.json", help="the result file")
    parser.add_argument("--show", action="store_true", help="measure nothing, print what --into holds")
    given = parser.parse_args()
    if unknown := set(given.scenarios) - set(SCENARIOS):
        parser.error(f"no such scenario: {', '.join(sorted(unknown))}. There are: {', '.join(SCENARIOS)}.")
    given.only = given.only.split(",") if given.only else None
    if unknown := set(given.only or ()) - set(CONTENDERS):
        parser.error(f"no such contender: {', '.join(sorted(unknown))}. There are: {', '.join(CONTENDERS)}.")
    if given.rounds < 1:
        parser.error("expected at least one round")
    return given


def measure(stand: Stand, scenarios: list[Scenario], given: argparse.Namespace, runs: list[Run]) -> None:
    """Adds to ``runs`` and saves after each."""
    generator = stand.build("load")
    for number, scenario, name in missing(scenarios, given.only, given.rounds, runs):
        print(f"\n{scenario.name}, round {number}: {name}", flush=True)
        reports = one_run(stand, generator, scenario, name)
        runs.append(Run(scenario.name, name, number, reports))
        figures.save(given.into, machine(), runs)


def missing(
    scenarios: Sequence[Scenario], only: Sequence[str] | None, rounds: int, runs: Sequence[Run]
) -> list[tuple[int, Scenario, str]]:
    """What is still to be run, round by round, so that all scenarios have as many when time runs out."""
    done = {(run.round, run.scenario, run.contender) for run in runs}
    return [
        (number, scenario, name)
        for number in range(1, rounds + 1)
        for scenario in scenarios
        for name in turned([one for one in scenario.contenders if one in (only or scenario.contenders)], number)
        if (number, scenario.name, name) not in done
    ]


def turned(names: list[str], number: int) -> list[str]:
    """Each round begins with another contender, so that none always has the first place."""
    begin = (number - 1) % max(1, len(names))
    return names[begin:] + names[:begin]


def one_run(stand: Stand, generator: Path, scenario: Scenario, name: str) -> dict[str, Report]:
    contender = CONTENDERS[name]
    accounts = contender.accounts(stand, scenario.rooms, scenario.participants + scenario.spare)
    reports: dict[str, Report] = {}
    with started(contender, stand, scenario.processes) as running:
        for arm, words in scenario.arms.items():
            command = [
                str(generator),
                *where(stand, scenario, running, accounts),
                *words,
                *scenario.slower.get(name, ()),
            ]
            reports[arm] = generate(command)
    return reports


def where(stand: Stand, scenario: Scenario, running: Running, accounts: Path) -> list[str]:
    return [
        *("-addr", ",".join(running.addresses)),
        *("-accounts", str(accounts)),
        *("-rooms", str(scenario.rooms), "-participants", str(scenario.participants)),
        *("-pids", ",".join(map(str, running.pids)), "-beside", ",".join(map(str, stand.beside()))),
    ]


def generate(command: list[str]) -> Report:
    """The generator's report; its readable lines go to the terminal."""
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=LOAD_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        raise Failed(f"The load generator took longer than {LOAD_SECONDS} s.") from None
    if done.returncode:
        raise Failed("The load generator failed; it says above why.")
    report: Report = json.loads(done.stdout)
    return report


def machine() -> dict[str, Any]:
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "system": platform.platform(),
        "processors": os.cpu_count(),
        "python": platform.python_version(),
    }


if __name__ == "__main__":
    sys.exit(main())
