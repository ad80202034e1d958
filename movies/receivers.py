"""Files go with their rows, whichever way these are deleted: by their owner, with their owner, in the admin."""

from typing import Any

from django.db.models.signals import post_delete
from django.dispatch import receiver

from movies import storage, uploads
from movies.models import Movie, Previews, Rendition, Subtitle, Upload


@receiver(post_delete, sender=Movie)
def discard_movie_files(instance: Movie, **kwargs: Any) -> None:
    storage.discard(instance.file, instance.poster)


@receiver(post_delete, sender=Subtitle)
def discard_subtitle_file(instance: Subtitle, **kwargs: Any) -> None:
    storage.discard(instance.file)


@receiver(post_delete, sender=Previews)
def discard_previews_file(instance: Previews, **kwargs: Any) -> None:
    storage.discard(instance.file)


@receiver(post_delete, sender=Rendition)
def discard_rendition_file(instance: Rendition, **kwargs: Any) -> None:
    storage.discard(instance.file)


@receiver(post_delete, sender=Upload)
def discard_part(instance: Upload, **kwargs: Any) -> None:
    uploads.discard_file(instance)
