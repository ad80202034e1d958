"""`scripts/services start|stop|status [NAME…]`."""

import argparse
import sys
from pathlib import Path

from scripts.native import SERVICES, Service, Unavailable, environment, services_folder


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="scripts/services",
        description="The real services on this machine: files in .services/NAME, settings in .services/env.",
    )
    parser.add_argument("action", choices=("start", "stop", "status"))
    parser.add_argument("names", metavar="NAME", nargs="*", help=f"{', '.join(SERVICES)}; all but gcs by default")
    given = parser.parse_args()
    if unknown := [name for name in given.names if name not in SERVICES]:
        parser.error(f"no such service: {', '.join(unknown)}. There are: {', '.join(SERVICES)}.")
    folder = services_folder()
    everything = [kind(folder / name) for name, kind in SERVICES.items()]
    chosen = [one for one in everything if (one.name in given.names if given.names else one.is_wanted())]
    return ACTIONS[given.action](folder, chosen)


def start(folder: Path, services: list[Service]) -> int:
    failed = False
    for service in services:
        try:
            started = service.start()
        except Unavailable as problem:
            failed = True
            sys.stderr.write(f"{service.name}: {problem}\n")
        else:
            _say(service, "started" if started else "runs already")
    _write_environment(folder)
    return int(failed)


def stop(folder: Path, services: list[Service]) -> int:
    for service in reversed(services):
        sys.stdout.write(f"{service.name:<9} {'stopped' if service.stop() else 'did not run'}\n")
    _write_environment(folder)
    return 0


def status(folder: Path, services: list[Service]) -> int:
    """0 when all of them answer, otherwise 1."""
    all_answer = True
    for service in services:
        if service.pid() is None:
            state = "does not run"
        elif not service.answers():
            state = "runs, but does not answer"
        else:
            _say(service, "answers")
            continue
        all_answer = False
        sys.stdout.write(f"{service.name:<9} {state}\n")
    return int(not all_answer)


ACTIONS = {"start": start, "stop": stop, "status": status}


def _say(service: Service, state: str) -> None:
    sys.stdout.write(f"{service.name:<9} {state:<13} 127.0.0.1:{service.port}  pid {service.pid()}  {service.log}\n")


def _write_environment(folder: Path) -> None:
    everything = (kind(folder / name) for name, kind in SERVICES.items())
    environment.write(folder / "env", [service for service in everything if service.is_configured()])


if __name__ == "__main__":
    sys.exit(main())
