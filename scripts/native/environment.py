"""`.services/env`: the settings by which the app finds the services that run. `set -a; . .services/env` reads it."""

import os
from collections.abc import Iterable
from pathlib import Path

from scripts.native.service import Service

HEAD = "# Written by scripts/services: what the app reads to find the services that it has started.\n"


def write(path: Path, services: Iterable[Service]) -> None:
    """Write the settings of those services, for the owner's eyes only."""
    lines = [f"{name}={value}\n" for service in services for name, value in service.settings().items()]
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text("".join([HEAD, *lines]))
    draft.replace(path)


def read(path: Path) -> dict[str, str]:
    """The settings that stand there; none if the file doesn't exist."""
    if not path.exists():
        return {}
    lines = (line for line in path.read_text().splitlines() if "=" in line and not line.startswith("#"))
    return dict(line.split("=", 1) for line in lines)
