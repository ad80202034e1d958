"""Faults of a real ImmuDB under a real web process and a real worker, and a shipper that is killed at any time."""

import json
import os
import resource
import signal
import subprocess
import sys
import time

import pytest

from tests.audit.killed_shipper import STEPS
from tests.audit.trail import Trail
from tests.live import ROOT

pytestmark = [pytest.mark.server, pytest.mark.xdist_group("faults of immudb"), pytest.mark.timeout(600)]

OUTAGE = float(os.environ.get("AUDIT_OUTAGE_SECONDS", "5"))
"""For which ImmuDB is down. With 60 it is tried for longer, by hand."""


def test_the_shipper_is_killed_at_each_step_and_at_any_time(trail: Trail) -> None:
    trail.server.stop("worker")
    done = subprocess.run(
        [sys.executable, "-m", "tests.audit.killed_shipper"],
        cwd=ROOT,
        env=trail.server.environment,
        capture_output=True,
        text=True,
        timeout=400,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {step: [-signal.SIGKILL, 0] for step in [*STEPS, "at random"]}, done.stderr
    trail.start_worker()
    trail.shipped_in_order()


def test_it_is_stopped(trail: Trail) -> None:
    trail.immudb.pause()
    try:
        trail.rooms(3)
        assert trail.waiting >= 3
        # A call is given up after 10 s; from then on all is as in a longer stop.
        trail.failed()
        trail.rooms(3)
        assert trail.waiting >= 6
    finally:
        trail.immudb.resume()
    trail.shipped_in_order()


def test_it_is_killed_and_comes_back_and_is_restarted(trail: Trail) -> None:
    trail.immudb.kill()
    went = time.monotonic()
    trail.rooms(3)
    trail.failed()
    # The worker's own waits lie between: 1, 2, 4 … s.
    made = 3
    while time.monotonic() - went < OUTAGE:
        trail.rooms(1)
        made += 1
        time.sleep(0.5)
    trail.failed(2)
    assert trail.waiting >= made
    trail.immudb.start()
    trail.rooms(1)
    trail.immudb.stop()
    trail.rooms(1)
    trail.immudb.start()
    trail.shipped_in_order()


def test_its_disk_is_full(trail: Trail) -> None:
    """No file of it may grow, which works without rights over the machine: the write fails where it would there too."""
    pid = trail.immudb.pid()
    assert pid
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, before[1]))
    try:
        trail.rooms(3)
        trail.failed()
        assert trail.waiting >= 3
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
    trail.rooms(1)
    trail.the_ledger_has_the_same()
