"""``manage.py seed_demo``: something to look at on a new server."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management import CommandError
from django.core.management.base import BaseCommand, CommandParser

from rooms.services.demo import seed_demo
from watchparty.errors import DomainError


class Command(BaseCommand):
    help = (
        "Make the demo room, its film, its accounts and an invite. Once made they stay; each run gives the accounts "
        "new passwords and the room a new invite, and prints them."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print {room, invite, accounts}")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            demo = seed_demo()
        except DomainError as error:
            raise CommandError(error.detail) from error
        if options["json"]:
            self.stdout.write(json.dumps(asdict(demo)))
            return
        self.stdout.write(f"Room    /rooms/{demo.room}/\nInvite  /i/{demo.invite}/")
        for account in demo.accounts:
            self.stdout.write(f"{account.username:<8}{account.password}  {account.role}")
