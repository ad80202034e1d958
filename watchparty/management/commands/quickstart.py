"""``make run``: a server with a demo room, from nothing, and the same one again the next time."""

import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import segno
from django.conf import settings
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand, CommandParser

from watchparty.hosts import lan_addresses

START_SECONDS = 60
STOP_SECONDS = 15


class Command(BaseCommand):
    help = "Migrate, seed a demo once, then serve: web and worker under one Ctrl-C. HOST, PORT and DATA say where."
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"))
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        _ensure_free(host, port)
        call_command("migrate", verbosity=0, interactive=False)
        demo = _demo()
        environment = os.environ | {"HOST": host, "PORT": str(port)}
        commands = {
            "web": [sys.executable, "-m", "watchparty.server"],
            "worker": [sys.executable, "manage.py", "run_huey", "--quiet"],
        }
        # Ctrl-C reaches the whole foreground group; in a session of their own they are stopped by us, once.
        children = {
            name: subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, start_new_session=True)
            for name, command in commands.items()
        }
        signal.signal(signal.SIGTERM, _interrupt)
        try:
            shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 - compared, not bound
            self._wait_until_it_answers(f"http://{shown}:{port}/healthz", children)
            self._say(_addresses(f"http://{shown}:{port}", demo), demo, host, port)
            self._watch(children)
        except KeyboardInterrupt:
            self.stdout.write("\nStopping…")
        finally:
            _stop(children)

    def _wait_until_it_answers(self, url: str, children: dict[str, subprocess.Popen[bytes]]) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if children["web"].poll() is not None:
                raise CommandError("The web process ended; what it said stands above.")
            try:
                with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - our own address
                    return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                time.sleep(0.05)
        raise CommandError(f"The web process did not answer on {url} within {START_SECONDS} s.")

    def _watch(self, children: dict[str, subprocess.Popen[bytes]]) -> None:
        while True:
            for name, child in children.items():
                if child.poll() is not None:
                    raise CommandError(f"The {name} process ended with {child.returncode}; stopping the other one.")
            time.sleep(0.5)

    def _say(self, addresses: dict[str, str], demo: dict[str, Any], host: str, port: int) -> None:
        self.stdout.write("\nWatchParty is up.\n")
        for name, value in addresses.items():
            self.stdout.write(f"  {name:<12} {value}")
        self.stdout.write("\n  Demo accounts (random passwords, kept in demo.json beside the database):")
        for account in demo["accounts"]:
            self.stdout.write(f"  {account['username']:<12} {account['password']}   {account['role']}")
        self.stdout.write("\n  The invite as a QR code:")
        code = io.StringIO()
        segno.make(addresses["Invite"], error="l").terminal(out=code, compact=True, border=2)
        self.stdout.write(code.getvalue())
        if host == "127.0.0.1":
            near = ", ".join(f"http://{address}:{port}" for address in sorted(lan_addresses()) if address[:4] != "127.")
            self.stdout.write(f"  To open it to your network: HOST=0.0.0.0 make run   {near and f'(then {near})'}")
        self.stdout.write("  Ctrl-C stops it; everything is kept.\n")


def _ensure_free(host: str, port: int) -> None:
    """Raises CommandError when somebody listens there: whoever answers later must be our own web process."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            hint = f"Is another server running? Try PORT={port + 1}."
            raise CommandError(f"Can't listen on {host}:{port}: {error.strerror}. {hint}") from None


def _demo() -> dict[str, Any]:
    """The demo's room, invite and accounts; seeded on the first start, read from the file on later ones."""
    kept: Path = settings.DATA / "demo.json"
    if not kept.exists():
        out = io.StringIO()
        call_command("seed_demo", json=True, stdout=out)
        draft = kept.with_suffix(".draft")
        draft.touch(mode=0o600)
        draft.write_text(out.getvalue())
        draft.replace(kept)
    demo: dict[str, Any] = json.loads(kept.read_text())
    return demo


def _addresses(origin: str, demo: dict[str, Any]) -> dict[str, str]:
    return {
        "Demo room": f"{origin}/rooms/{demo['room']}/   (sign in as {demo['accounts'][1]['username']})",
        "Invite": f"{origin}/i/{demo['invite']}/",
        "Home": f"{origin}/",
        "Admin": f"{origin}/admin/",
        "API": f"{origin}/api/docs/",
        "Mail folder": str(settings.MAIL_FOLDER),
    }


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _stop(children: dict[str, subprocess.Popen[bytes]]) -> None:
    for child in children.values():
        if child.poll() is None:
            child.terminate()
    for child in children.values():
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
