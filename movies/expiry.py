"""Uploads that nobody went on with, and finished ones that nobody will ask about any more."""

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from movies import parts, sessions
from movies.models import Movie, Upload
from movies.signals import upload_expired
from watchparty.errors import Unavailable

logger = logging.getLogger(__name__)

LIFETIME = timedelta(days=1)
"""After the last chunk; a finished one answers so long to who did not hear that it is."""


def expired() -> QuerySet[Upload]:
    return Upload.objects.filter(expires_at__lte=timezone.now())


def remove_expired() -> int:
    """Remove them, with the movies of those that are unfinished. How many there were."""
    removed = 0
    for in_bucket in expired().filter(finished_at=None).exclude(session=""):
        _prolong(in_bucket)
    for upload_id in expired().values_list("pk", flat=True):
        with transaction.atomic():
            upload = expired().select_for_update(of=("self",)).select_related("movie").filter(pk=upload_id).first()
            if upload is None:
                continue
            if upload.finished_at:
                upload.delete()
            else:
                upload_expired.send(Movie, movie=upload.movie)
                upload.movie.delete()
        removed += 1
    parts.sweep({str(upload_id) for upload_id in Upload.objects.values_list("pk", flat=True)})
    return removed


def _prolong(upload: Upload) -> None:
    """Keep one in a bucket, if more of it has come since it was looked at last, or the bucket doesn't answer."""
    before = upload.offset
    try:
        sessions.look(upload)
    except Unavailable as error:
        logger.warning("Upload %s can't be looked at: %s", upload.pk, error)
    else:
        if upload.offset == before:
            return
    Upload.objects.filter(pk=upload.pk).update(expires_at=timezone.now() + LIFETIME)
