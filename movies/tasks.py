"""Background jobs of the worker (``manage.py run_huey``)."""

import logging
import threading
from collections.abc import Callable

from django.conf import settings
from huey import crontab
from huey.contrib.djhuey import HUEY, db_periodic_task, db_task

from movies import expiry, previews, processing, renditions, storage

logger = logging.getLogger(__name__)
# Movies that this worker may work on at once.
_places = threading.BoundedSemaphore(settings.JOB_WORKERS)
# Held for good by the thread that started first.
_resumed = threading.Lock()


# How many movies without previews are looked after at a time. Of sizes, which take as long as a film, no more than are
# made at once.
PREVIEWS_AT_A_TIME = 20
RENDITIONS_AT_A_TIME = settings.JOB_WORKERS


@db_task()  # type: ignore[untyped-decorator]
def process_movie(movie_id: str) -> None:
    _work(processing.process, movie_id)


@db_task()  # type: ignore[untyped-decorator]
def make_previews(movie_id: str) -> None:
    _work(previews.make, movie_id)


@db_task()  # type: ignore[untyped-decorator]
def make_rendition(movie_id: str) -> None:
    _work(renditions.make, movie_id)


def _work(job: Callable[[str], None], movie_id: str) -> None:
    if not _places.acquire(blocking=False):
        # Whoever is done first takes up what was left: waiting here would keep mails from being sent.
        return
    try:
        job(movie_id)
    finally:
        _places.release()
    # Somebody waits for a movie; previews are for when nobody does, and smaller sizes come last.
    if left := processing.unfinished():
        process_movie(str(left[0]))
    elif without := previews.unfinished(1):
        make_previews(str(without[0]))
    elif lacking := renditions.unfinished(1):
        make_rendition(str(lacking[0]))


@HUEY.on_startup(name="movies")  # type: ignore[untyped-decorator]
def resume_once() -> None:
    """Called in each thread of the worker; by the second one's start, the first may hold a movie rightly."""
    if _resumed.acquire(blocking=False):
        resume()


def resume() -> None:
    """A job that a worker took and did not finish is in no queue any more: the movies themselves say what is left."""
    processing.release_all()
    previews.release_all()
    renditions.release_all()
    take_up_unfinished.call_local()


@db_periodic_task(crontab(minute="*/5"))  # type: ignore[untyped-decorator]
def take_up_unfinished() -> None:
    for movie_id in processing.unfinished():
        process_movie(str(movie_id))
    for movie_id in previews.unfinished(PREVIEWS_AT_A_TIME):
        make_previews(str(movie_id))
    for movie_id in renditions.unfinished(RENDITIONS_AT_A_TIME):
        make_rendition(str(movie_id))
    if swept := storage.sweep_leftovers():
        logger.info("Deleted %d files that killed processes had left", swept)


@db_periodic_task(crontab(minute="*/10"))  # type: ignore[untyped-decorator]
def remove_expired_uploads() -> None:
    if removed := expiry.remove_expired():
        logger.info("Removed %d expired uploads", removed)
