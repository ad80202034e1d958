"""``manage.py import_movie PATH|URL``: a movie that lies on this machine already, or elsewhere for good."""

import json
from pathlib import Path
from typing import Any

from django.core.management import CommandError
from django.core.management.base import BaseCommand, CommandParser

from accounts.models import User
from movies import services
from movies.models import Movie
from watchparty.errors import DomainError


class Command(BaseCommand):
    help = "Copy a movie file into the library and make it ready to play; or add one that stays where it lies, by URL."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", metavar="PATH|URL")
        parser.add_argument("--owner", help="user name; the first superuser without it")
        parser.add_argument("--title", default="", help="the file's name without it")
        parser.add_argument("--json", action="store_true", help="print {id, title, status, error, duration}")

    def handle(self, *args: Any, source: str, owner: str | None, title: str, **options: Any) -> None:
        try:
            movie = _added(_owner(owner), source, title)
        except DomainError as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            shown = {"id": str(movie.pk), "title": movie.title, "status": movie.status, "error": movie.error}
            self.stdout.write(json.dumps(shown | {"duration": movie.duration}))
        if movie.status != Movie.Status.READY:
            raise CommandError(f"{source} can't be played: {movie.error}")
        if not options["json"]:
            self.stdout.write(f"{movie.title}: {movie.duration:.1f} s, {movie.width} × {movie.height}, id {movie.pk}")


def _added(owner: User, source: str, title: str) -> Movie:
    if "://" in source:
        return services.import_url(owner=owner, url=source, title=title)
    if not (path := Path(source)).is_file():
        raise CommandError(f"There is no file {path}.")
    return services.import_file(owner=owner, path=path, title=title)


def _owner(username: str | None) -> User:
    people = User.objects.filter(username__iexact=username) if username else User.objects.filter(is_superuser=True)
    found = people.order_by("date_joined").first()
    if found is None:
        raise CommandError(f"There is no user {username}." if username else "There is no superuser: give --owner.")
    return found
