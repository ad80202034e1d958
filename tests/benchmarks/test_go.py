"""The Go programs' own tests, vetted and formatted; the reference's on a real Redis."""

import os
import subprocess

import pytest

from benchmarks.stand import go
from scripts.native.service import ROOT

# The first time, Go fetches the modules and compiles them.
SECONDS = 400


@pytest.mark.timeout(SECONDS)
@pytest.mark.parametrize("program", ["load", "reference_go"])
@pytest.mark.parametrize("words", [("vet", "./..."), ("test", "-count=1", "./...")], ids=" ".join)
def test_it_passes(program, words, redis_url):
    done = subprocess.run(
        [go(), *words],
        cwd=ROOT / "benchmarks" / program,
        env=os.environ | {"REDIS_URL": redis_url},
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("program", ["load", "reference_go"])
def test_it_is_formatted(program):
    root = subprocess.run([go(), "env", "GOROOT"], capture_output=True, text=True, timeout=60, check=True)
    formatted = subprocess.run(
        [f"{root.stdout.strip()}/bin/gofmt", "-l", "."],
        cwd=ROOT / "benchmarks" / program,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (formatted.returncode, formatted.stdout) == (0, "")
