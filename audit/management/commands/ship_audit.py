import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audit.ledger.port import LedgerBroken, LedgerUnavailable
from audit.shipping import ship


class Command(BaseCommand):
    help = "Ship what waits in the audit outbox into the ledger. The worker does it by itself."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the result for a program")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            shipped = ship()
        except LedgerBroken as error:
            raise CommandError(f"{error} What waits stays in the outbox. Look with verify_audit.") from error
        except LedgerUnavailable as away:
            raise CommandError(f"{away} What waits stays in the outbox, and is tried again.") from away
        self.stdout.write(json.dumps({"shipped": shipped}) if options["json"] else f"Shipped {shipped} entries.")
