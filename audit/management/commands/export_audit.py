from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audit.bundles import MOST, export
from audit.ledger.port import LedgerBroken, LedgerUnavailable


class Command(BaseCommand):
    help = "Print a bundle of the audit ledger, for scripts/check_audit_bundle.py on anybody's machine."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--after", type=int, default=0, metavar="TX", help="only what comes after this entry")
        parser.add_argument("--most", type=int, default=MOST, metavar="N", help=f"at most so many entries, {MOST}")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            bundle = export(by=None, after=options["after"], most=options["most"])
        except LedgerBroken as broken:
            raise CommandError(f"{broken} Look with verify_audit.") from broken
        except LedgerUnavailable as away:
            raise CommandError(str(away), returncode=2) from away
        self.stdout.write(bundle, ending="")
