"""``manage.py move_media --to gcs|local``: what lies on the disk into the bucket, or back."""

import fcntl
import json
from typing import Any

from django.core.management import CommandError
from django.core.management.base import BaseCommand, CommandParser

from movies import moving, storage
from watchparty.errors import DomainError

GB = 1000**3


class Command(BaseCommand):
    help = (
        "Move movies, posters and subtitles into the bucket (GS_BUCKET_NAME), or from there to the disk. Each is"
        " compared by checksum before it is taken away. It may be ended at any time, and goes on when it is run again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", required=True, choices=["gcs", "local"])
        parser.add_argument("--dry-run", action="store_true", help="only say how much there is to move")
        parser.add_argument("--json", action="store_true", help="print {files, bytes, different}")

    def handle(self, *args: Any, to: moving.Place, dry_run: bool, **options: Any) -> None:
        places = storage.places()
        if places is None:
            raise CommandError("Set GS_BUCKET_NAME for this command: the bucket that is moved to, or from.")
        with moving.lock_path().open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise CommandError("Another move_media runs already.") from error
            try:
                waiting = moving.waiting(places, to)
                total = moving.Moved(len(waiting), sum(size for _, _, size in waiting))
                moved = total if dry_run else moving.move(places, to, told=lambda moved: self._show(moved, total))
            except DomainError as error:
                raise CommandError(f"{error} What is moved is moved: run it again for the rest.") from error
        self._report(moved, as_json=options["json"], dry_run=dry_run)

    def _show(self, moved: moving.Moved, total: moving.Moved) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r{_figures(moved)} of {_figures(total)}", ending="")

    def _report(self, moved: moving.Moved, *, as_json: bool, dry_run: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps({"files": moved.files, "bytes": moved.size, "different": moved.different}))
        else:
            self.stdout.write(f"{'There are' if dry_run else 'Moved'} {_figures(moved)}.")
        if moved.different:
            raise CommandError(
                "Another file of the same name is where these should go; both are kept: " + ", ".join(moved.different)
            )


def _figures(moved: moving.Moved) -> str:
    return f"{moved.files} files, {moved.size / GB:.2f} GB"
