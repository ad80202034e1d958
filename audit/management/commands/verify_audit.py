import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audit import alarms, ledger
from audit.ledger.port import LedgerUnavailable
from audit.selectors import entry
from audit.verification import Report, verify, verify_everything, verify_one
from watchparty.errors import NotFound


class Command(BaseCommand):
    help = (
        "Check the audit ledger, and what is shown of it. Exits with 1 when something was tampered with, or an alarm is"
        " open."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the result for a program")
        part = parser.add_mutually_exclusive_group()
        part.add_argument("--entry", metavar="ID", help="only this entry, by its event's id, with its proof")
        part.add_argument(
            "--after", type=int, metavar="TX", help="only what comes after this entry of the present ledger"
        )
        part.add_argument("--acknowledge", action="store_true", help="close the open alarms: you have seen them")
        parser.add_argument("--by", metavar="TEXT", default="", help="with --acknowledge: who you are, and what it was")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["acknowledge"]:
            if not options["by"].strip():
                raise CommandError('Say who you are, and what it was: --by "Alice: the backup of Monday"', returncode=2)
            closed = alarms.acknowledge(alarms.unacknowledged(), by=None, reason=options["by"].strip())
            self.stdout.write(json.dumps({"acknowledged": closed}) if options["json"] else f"{closed} alarms closed.")
            return
        try:
            good = self._entry(options) if options["entry"] else self._ledger(options)
        except LedgerUnavailable as away:
            raise CommandError(f"{away} Nothing can be said about the trail until it is back.", returncode=2) from away
        if not good:
            sys.exit(1)

    def _entry(self, options: dict[str, Any]) -> bool:
        try:
            proof = verify_one(entry(options["entry"]))
        except (NotFound, ValueError) as error:
            raise CommandError(f"There is no audit entry {options['entry']}.", returncode=2) from error
        if options["json"]:
            found = asdict(proof) | {"verified": proof.verified} if proof else {"verified": False, "pending": True}
            self.stdout.write(json.dumps(found))
        elif proof is None:
            self.stdout.write("It waits to be shipped: there is nothing to prove yet.")
        else:
            self.stdout.write(f"Entry {proof.tx} of the ledger {proof.ledger}: {proof.problem or 'as it was written'}.")
        return proof is None or proof.verified

    def _ledger(self, options: dict[str, Any]) -> bool:
        report = Report()
        if options["after"] is None:
            report = verify_everything(self._progress)
        else:
            verify(ledger.current(), report, after=options["after"], progress=self._progress)
        raised = list(alarms.unacknowledged().values_list("detail", flat=True))
        if options["json"]:
            self.stdout.write(json.dumps({"verified": report.verified, "alarms": raised, **asdict(report)}))
        else:
            self._say(report, raised)
        return report.verified and not raised

    def _say(self, report: Report, raised: list[str]) -> None:
        for finding in report.findings:
            where = f"entry {finding.tx} ({finding.event})" if finding.event else "the ledger"
            self.stderr.write(self.style.ERROR(f"{where}: {finding.problem}"))
        for detail in raised:
            self.stderr.write(self.style.ERROR(f"open alarm: {detail}"))
        verdict = "nothing was changed" if report.verified else f"{len(report.findings)} problems"
        self.stdout.write(f"{report.entries} entries checked: {verdict}; {report.pending} not shipped yet.")

    def _progress(self, entries: int) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r{entries} entries", ending="")
