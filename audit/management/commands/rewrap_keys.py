import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audit.rewrapping import rewrap


class Command(BaseCommand):
    help = (
        "After SECRET_KEY was changed, with the former one in SECRET_KEY_FALLBACKS: wrap people's keys to what is"
        " personal in the audit trail by the present one. May run beside the server, and again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the result for a program")

    def handle(self, *args: Any, **options: Any) -> None:
        told = rewrap()
        if options["json"]:
            self.stdout.write(json.dumps(asdict(told)))
        else:
            self.stdout.write(f"{told.anew} keys wrapped anew; {told.present} had the present SECRET_KEY already.")
        if told.unopened:
            raise CommandError(
                f"{told.unopened} keys can't be opened: is a former SECRET_KEY missing in SECRET_KEY_FALLBACKS?"
            )
