"""``manage.py close_idle_rooms``: for a daily timer."""

import json
from datetime import timedelta
from typing import Any

from django.core.management import CommandError
from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from rooms.services.housekeeping import close_rooms, idle_rooms


class Command(BaseCommand):
    help = "Close the rooms that nobody has been in, joined or written to for long. Their guests end with them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, default=90, help="how long is long (default: 90)")
        parser.add_argument("--dry-run", action="store_true", help="only say which")
        parser.add_argument("--json", action="store_true", help="print {dry_run, rooms: [code, …]}")

    def handle(self, *args: Any, days: int, **options: Any) -> None:
        if not 1 <= days <= 36_500:
            raise CommandError("--days must be between 1 and 36500.")
        rooms = idle_rooms(since=timezone.now() - timedelta(days=days))
        if not options["dry_run"]:
            close_rooms(rooms)
        if options["json"]:
            self.stdout.write(json.dumps({"dry_run": options["dry_run"], "rooms": [room.code for room in rooms]}))
            return
        for room in rooms:
            self.stdout.write(f"{'would close' if options['dry_run'] else 'closed'} {room}")
        if not rooms:
            self.stdout.write("No room is idle.")
