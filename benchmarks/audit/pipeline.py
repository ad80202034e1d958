"""From the outbox to the ledger: `python -m benchmarks.audit.pipeline RATE SECONDS BACKLOG [NAME=PID…]`, on what the
environment names. Of the named processes and their children the CPU is told.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import django

from benchmarks.audit import figures
from benchmarks.audit.producer import Producer

PIECES_A_SECOND = 10
LOOKS_A_SECOND = 2
PATIENCE = 60.0
TICKS = 100.0


def oldest_waiting() -> float:
    """Its age in seconds; 0 when nothing waits."""
    from django.utils import timezone

    from audit.models import OutboxEvent

    at = OutboxEvent.objects.filter(tx=None).order_by("number").values_list("at", flat=True).first()
    return (timezone.now() - at).total_seconds() if at else 0.0


def waiting() -> int:
    from audit.models import OutboxEvent

    return OutboxEvent.objects.filter(tx=None).count()


def cpu(pid: int) -> float:
    """Seconds that it and its children, also the ended ones, have taken."""
    files = [Path(f"/proc/{pid}/stat")]
    files += [Path(f"/proc/{child}/stat") for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    ticks = 0
    for file in files:
        ticks += sum(map(int, file.read_text().rpartition(")")[2].split()[11:15]))
    return ticks / TICKS


def backlog(count: int) -> dict[str, Any]:
    from audit.shipping import ship

    Producer().put(1000)
    ship()
    Producer().put(count)
    used, began = time.process_time(), time.perf_counter()
    shipped = ship()
    took = time.perf_counter() - began
    shipper = (time.process_time() - used) / took
    return {"backlog": shipped, "events_a_second": round(shipped / took), "shipper_cpu": round(shipper, 2)}


def sustained(rate: int, seconds: float, others: Mapping[str, int]) -> dict[str, Any]:
    shipper = subprocess.Popen([sys.executable, "-m", "benchmarks.audit.pipeline", "ship"])
    producer, lags, put = Producer(), [], 0
    try:
        producer.put(1)
        while waiting():
            time.sleep(0.05)
        pids = {"shipper": shipper.pid, **others}
        used = {name: cpu(pid) for name, pid in pids.items()}
        own, began = time.process_time(), time.perf_counter()
        next_look = began
        while (now := time.perf_counter()) - began < seconds:
            due = int(rate * (now - began)) - put
            if due >= rate / PIECES_A_SECOND:
                producer.put(due)
                put += due
            if now >= next_look:
                lags.append(oldest_waiting())
                next_look += 1 / LOOKS_A_SECOND
            time.sleep(0.005)
        took, left = time.perf_counter() - began, waiting()
        cores = figures.share(used, {name: cpu(pid) for name, pid in pids.items()}, took)
        cores["producer"] = round((time.process_time() - own) / took, 2)
        while waiting() and time.perf_counter() - began < seconds + PATIENCE:
            time.sleep(0.05)
        drained = time.perf_counter() - began - took
    finally:
        shipper.terminate()
        shipper.wait(20)
    return {
        "offered": rate,
        "put_a_second": round(put / took),
        "shipped_a_second": round((put - left) / took),
        "lag_s": figures.lag(lags),
        "left": left,
        "drained_s": round(drained, 2),
        "cores": cores,
    }


def ship_for_ever() -> None:
    """As the worker does, which looks once a second after something happened."""
    from audit.shipping import ship

    parent = os.getppid()
    while os.getppid() == parent:
        ship()
        time.sleep(1)


def main() -> None:
    django.setup()
    if sys.argv[1] == "ship":
        ship_for_ever()
    rate, seconds, count, *named = sys.argv[1:]
    others = {name: int(pid) for name, _sign, pid in (word.partition("=") for word in named)}
    print(json.dumps(backlog(int(count))), flush=True)
    print(json.dumps(sustained(int(rate), float(seconds), others)), flush=True)


if __name__ == "__main__":
    main()
