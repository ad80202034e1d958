"""How much movies may take up: of one person, of all, and of the disk."""

import shutil
from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _

from accounts.models import User
from movies.models import Movie
from watchparty.errors import OutOfSpace, TooLarge

# The advisory lock of PostgreSQL under which the server's quota is looked at: any number, but nobody else's.
SERVER_QUOTA_LOCK = 0x5155_4F54_4131


def ensure_size(size: int) -> None:
    """Raises TooLarge for what no movie may be."""
    if size > settings.UPLOAD_MAX_BYTES:
        detail = _("A movie has at most %(most)d bytes here, this one %(size)d.")
        raise TooLarge(detail % {"most": settings.UPLOAD_MAX_BYTES, "size": size}, field="size")


def ensure_room(owner: User, size: int) -> None:
    """Whether a movie of ``size`` bytes more may be kept; announced ones count in full. Raises OutOfSpace.

    Within a transaction: what else the owner adds waits for its end, and with a quota of the server what anybody adds.
    """
    User.objects.select_for_update().get(pk=owner.pk)
    if settings.UPLOAD_QUOTA_USER and _used(Movie.objects.filter(owner=owner)) + size > settings.UPLOAD_QUOTA_USER:
        detail = _("Your movies may take up %d bytes in all: this one would be too much. Delete one first.")
        raise OutOfSpace(detail % settings.UPLOAD_QUOTA_USER, code="quota_exceeded")
    if settings.UPLOAD_QUOTA_SERVER:
        _wait_for_others()
        if _used(Movie.objects.all()) + size > settings.UPLOAD_QUOTA_SERVER:
            raise OutOfSpace(_("The movies of this server take up all that they may."), code="server_quota_exceeded")


@dataclass(frozen=True, slots=True)
class Storage:
    """What somebody's movies take up, in bytes, as quotas count it; ``most`` None where there is no bound."""

    used: int
    most: int | None


def storage_of(owner: User) -> Storage:
    return Storage(used=_used(Movie.objects.filter(owner=owner)), most=settings.UPLOAD_QUOTA_USER or None)


def ensure_disk(size: int) -> None:
    """Raises OutOfSpace where the disk has no room for that now."""
    if size > shutil.disk_usage(settings.UNFINISHED_UPLOADS).free:
        raise OutOfSpace(_("There is no room left for it on the server's disk."))


def _wait_for_others() -> None:
    """Two at once would each see that there is room for one. SQLite's transactions are one after the other anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SERVER_QUOTA_LOCK])


def _used(movies: QuerySet[Movie]) -> int:
    # Of a failed one no file is kept, and of one that lies elsewhere there never was any.
    return movies.filter(url="").exclude(status=Movie.Status.FAILED).aggregate(used=Sum("size"))["used"] or 0
