"""What auditing adds to a sync command: `python -m benchmarks.audit.commands PAIRS FOLDER`, on what the environment
names.

One room of ten whose members send commands as fast as they are answered, for two seconds by turns on a server that
audits them and on one that doesn't. Of each stretch the p50 and p99, of these the medians.
"""

import json
import sys
from pathlib import Path

from benchmarks.audit import figures
from benchmarks.audit.servers import both
from benchmarks.run import generate, where
from benchmarks.scenarios import Scenario, step
from benchmarks.stand import FOLDER, Stand

WORDS = ("-rates", "0", "-warm", "500ms", "-measure", "2s")
SCENARIO = Scenario("commands", "1 room × 10, closed loop", 1, 10, {"": WORDS}, ())
QUANTILES = ("p50", "p99")


def main() -> None:
    pairs, stand = int(sys.argv[1]), Stand(Path(sys.argv[2]))
    generator = str(Stand(FOLDER / "stand").build("load"))
    seen: dict[bool, list[dict[str, float]]] = {True: [], False: []}
    with both(stand, SCENARIO.participants) as servers:
        told = {audited: where(stand, SCENARIO, *server) for audited, server in servers.items()}
        for audited in figures.turns(pairs):
            report = {"": generate([generator, *told[audited], *WORDS])}
            seen[audited].append({name: step("room_ms", name)(report) for name in QUANTILES})
    for name in QUANTILES:
        with_it, without = ([each[name] for each in seen[audited]] for audited in (True, False))
        every = {"each_with": with_it, "each_without": without}
        print(json.dumps({"command": name} | figures.added(with_it, without) | every), flush=True)


if __name__ == "__main__":
    main()
