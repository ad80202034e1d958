import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from audit.verification import verify_everything


class Command(BaseCommand):
    help = "Check the whole audit ledger, and what is shown of it. Exits with 1 when something was tampered with."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the result for a program")

    def handle(self, *args: Any, **options: Any) -> None:
        report = verify_everything()
        if options["json"]:
            self.stdout.write(json.dumps({"verified": report.verified, **asdict(report)}))
        else:
            for finding in report.findings:
                where = f"entry {finding.tx} ({finding.event})" if finding.event else "the ledger"
                self.stderr.write(self.style.ERROR(f"{where}: {finding.problem}"))
            verdict = "nothing was changed" if report.verified else f"{len(report.findings)} problems"
            self.stdout.write(f"{report.entries} entries checked: {verdict}; {report.pending} not shipped yet.")
        if not report.verified:
            sys.exit(1)
