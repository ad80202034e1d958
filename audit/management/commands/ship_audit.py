import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from audit.shipping import ship


class Command(BaseCommand):
    help = "Ship what waits in the audit outbox into the ledger. The worker does it by itself."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the result for a program")

    def handle(self, *args: Any, **options: Any) -> None:
        shipped = ship()
        self.stdout.write(json.dumps({"shipped": shipped}) if options["json"] else f"Shipped {shipped} entries.")
