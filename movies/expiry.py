"""Uploads that nobody went on with, and finished ones that nobody will ask about any more."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from movies import parts
from movies.models import Movie, Upload
from movies.signals import upload_expired


def expired() -> QuerySet[Upload]:
    return Upload.objects.filter(expires_at__lte=timezone.now())


def remove_expired() -> int:
    """Remove them, with the movies of those that are unfinished. How many there were."""
    removed = 0
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
