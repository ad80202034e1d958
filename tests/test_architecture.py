"""Who may import whom: the contracts in pyproject.toml."""

import subprocess
import sys
from pathlib import Path


def test_import_rules_are_kept():
    # A process of its own: the linter imports the packages afresh, without Django.
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint, "--no-cache"], capture_output=True, text=True, cwd=Path(__file__).parents[1])
    assert done.returncode == 0, done.stdout
