"""``make run``: a server with a demo room, from nothing, and the same one again the next time."""

import io
import json
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

import segno
from django.apps import apps
from django.conf import settings
from django.core.mail import get_connection
from django.core.mail.backends.smtp import EmailBackend as SmtpBackend
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand, CommandParser

from watchparty.hosts import lan_addresses
from watchparty.supervisor import Ended, Supervisor


class Command(BaseCommand):
    help = "Migrate, seed a demo once, then serve: web and worker under one Ctrl-C. HOST, PORT and DATA say where."
    requires_migrations_checks = False
    target = "run"
    farewell = "Ctrl-C stops it; everything is kept."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"))
        parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        _ensure_free(host, port)
        call_command("migrate", verbosity=0, interactive=False)
        demo = _demo()
        commands = {
            "web": [sys.executable, "-m", "watchparty.server"],
            "worker": [sys.executable, "manage.py", "run_huey", "--quiet"],
        }
        environment = os.environ | {"HOST": host, "PORT": str(port)}
        signal.signal(signal.SIGTERM, _interrupt)
        shown = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104 - compared, not bound
        try:
            with Supervisor(commands, folder=settings.BASE_DIR, environment=environment) as processes:
                processes.wait_until_it_answers(f"http://{shown}:{port}/healthz")
                self._say(_addresses(f"http://{shown}:{port}", demo), demo, host, port)
                processes.watch()
        except KeyboardInterrupt:
            self.stdout.write("\nStopped.")
        except Ended as ended:
            raise CommandError(str(ended)) from None

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
            self.stdout.write(
                f"  To open it to your network: HOST=0.0.0.0 make {self.target}   {near and f'(then {near})'}"
            )
        self.stdout.write(f"  {self.farewell}\n")


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
    if not kept.exists() or not _is_there(json.loads(kept.read_text())["room"]):
        out = io.StringIO()
        call_command("seed_demo", json=True, stdout=out)
        draft = kept.with_suffix(".draft")
        draft.touch(mode=0o600)
        draft.write_text(out.getvalue())
        draft.replace(kept)
    demo: dict[str, Any] = json.loads(kept.read_text())
    return demo


def _is_there(room: str) -> bool:
    """Whether this database has that room: another one may have been put in its place."""
    return apps.get_model("rooms", "Room").objects.filter(code=room).exists()


def _addresses(origin: str, demo: dict[str, Any]) -> dict[str, str]:
    mail = get_connection()
    return {
        "Demo room": f"{origin}/rooms/{demo['room']}/   (sign in as {demo['accounts'][1]['username']})",
        "Invite": f"{origin}/i/{demo['invite']}/",
        "Home": f"{origin}/",
        "Admin": f"{origin}/admin/",
        "API": f"{origin}/api/docs/",
        "Mail": f"by {mail.host}:{mail.port}" if isinstance(mail, SmtpBackend) else f"in {settings.MAIL_FOLDER}",
    }


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt
