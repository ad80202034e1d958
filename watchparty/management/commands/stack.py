"""``make stack``: what ``make run`` does, on the real services and with several web processes."""

from typing import Any

from django.conf import settings
from django.core.management import CommandError

from watchparty.management.commands import quickstart


class Command(quickstart.Command):
    help = (
        "Migrate, seed a demo once, then serve on the real services: WORKERS web processes behind PORT, and a worker."
    )
    target = "stack"
    farewell = "Ctrl-C stops it; the services go on until `scripts/services stop`. Everything is kept."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.REDIS_URL or settings.DATABASES["default"]["ENGINE"] != "django.db.backends.postgresql":
            raise CommandError(
                "The full stack needs REDIS_URL and DATABASE_URL=postgres://…; `make stack` starts both and sets them."
            )
        super().handle(*args, **options)
