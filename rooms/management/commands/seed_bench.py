"""``manage.py seed_bench --rooms R --participants P``: rooms for the load generator."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management import CommandError
from django.core.management.base import BaseCommand, CommandParser

from rooms.services.benchmark import seed_bench

MOST = 100_000


class Command(BaseCommand):
    help = (
        "Make rooms with members whose tokens are good for an hour, and print [{room, users: [access token, …]}, …]. "
        "purge_expired removes them."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--rooms", type=int, required=True)
        parser.add_argument("--participants", type=int, required=True, help="in each room; the first is its host")
        parser.add_argument("--json", action="store_true", help="as always; accepted for scripts that say it")

    def handle(self, *args: Any, rooms: int, participants: int, **options: Any) -> None:
        if rooms < 1 or participants < 1 or rooms * participants > MOST:
            raise CommandError(f"Expected at least one room and participant, and at most {MOST} people in all.")
        made = seed_bench(rooms=rooms, participants=participants)
        self.stdout.write(json.dumps([asdict(one) for one in made]))
