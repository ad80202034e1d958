"""From the outbox to the ledger: `python -m benchmarks.audit.pipeline RATE SECONDS BACKLOG [NAME=PID…]`, on what the
environment names. Of the named processes and their children the CPU is told.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import django

from benchmarks.audit import figures
from benchmarks.audit.producer import Producer, put
from benchmarks.stand import Failed

PIECES_A_SECOND = 10
LOOKS_A_SECOND = 2
PATIENCE = 60.0
SEALING_SECONDS = 0.0002
"""More than one fact takes to be sealed."""
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
    from django.utils import timezone

    from audit.shipping import ship

    put(Producer().sealed([timezone.now()] * 1000))
    ship()
    put(Producer().sealed([timezone.now()] * count))
    used, began = time.process_time(), time.perf_counter()
    shipped = ship()
    took = time.perf_counter() - began
    shipper = (time.process_time() - used) / took
    return {"backlog": shipped, "events_a_second": round(shipped / took), "shipper_cpu": round(shipper, 2)}


def sustained(rate: int, seconds: float, others: Mapping[str, int]) -> dict[str, Any]:
    from django.utils import timezone

    shipper = subprocess.Popen([sys.executable, "-m", "benchmarks.audit.pipeline", "ship"])
    producer, lags, done = Producer(), [], 0
    try:
        put(producer.sealed([timezone.now()]))
        begin = timezone.now() + timedelta(seconds=2 + rate * seconds * SEALING_SECONDS)
        rows = producer.sealed(begin + timedelta(seconds=number / rate) for number in range(int(rate * seconds)))
        while waiting():
            time.sleep(0.05)
        if (early := (begin - timezone.now()).total_seconds()) < 0:
            raise Failed(f"The facts were sealed {-early:.1f} s too late.")
        time.sleep(early)
        pids = {"shipper": shipper.pid, **others}
        used = {name: cpu(pid) for name, pid in pids.items()}
        own, began = time.process_time(), time.perf_counter()
        next_look = began
        while (now := time.perf_counter()) - began < seconds:
            due = int(rate * (now - began))
            if due - done >= rate / PIECES_A_SECOND:
                put(rows[done:due])
                done = due
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
        "put_a_second": round(done / took),
        "shipped_a_second": round((done - left) / took),
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
