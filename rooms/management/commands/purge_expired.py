"""``manage.py purge_expired``: what the worker does daily, and the benchmark's rooms as well."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from rooms.services.housekeeping import expired, purge_expired


class Command(BaseCommand):
    help = (
        "Remove the rooms and users of seed_bench, expired and long signed-out devices, expired web sessions, invites "
        "that no longer work, the guests of closed rooms, uploads that nobody went on with, and what is older than "
        "RETENTION_CHAT_DAYS and RETENTION_WATCHED_DAYS allow."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only count")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        dry = options["dry_run"]
        counts = {name: rows.count() for name, rows in expired().items()} if dry else purge_expired()
        if options["json"]:
            self.stdout.write(json.dumps({"dry_run": dry} | counts))
            return
        for name, count in counts.items():
            self.stdout.write(f"{'would remove' if dry else 'removed'} {count} {name.replace('_', ' ')}")
