"""Background jobs of the worker (``manage.py run_huey``)."""

import logging
import threading

from django.conf import settings
from huey import crontab
from huey.contrib.djhuey import HUEY, db_periodic_task, db_task

from movies import expiry, processing, storage

logger = logging.getLogger(__name__)
# Movies that this worker may work on at once.
_places = threading.BoundedSemaphore(settings.JOB_WORKERS)
# Held for good by the thread that started first.
_resumed = threading.Lock()


@db_task()  # type: ignore[untyped-decorator]
def process_movie(movie_id: str) -> None:
    if not _places.acquire(blocking=False):
        # Whoever is done first takes up what was left: waiting here would keep mails from being sent.
        return
    try:
        processing.process(movie_id)
    finally:
        _places.release()
    for left in processing.unfinished()[:1]:
        process_movie(str(left))


@HUEY.on_startup(name="movies")  # type: ignore[untyped-decorator]
def resume_once() -> None:
    """Called in each thread of the worker; by the second one's start, the first may hold a movie rightly."""
    if _resumed.acquire(blocking=False):
        resume()


def resume() -> None:
    """A job that a worker took and did not finish is in no queue any more: the movies themselves say what is left."""
    processing.release_all()
    take_up_unfinished.call_local()


@db_periodic_task(crontab(minute="*/5"))  # type: ignore[untyped-decorator]
def take_up_unfinished() -> None:
    for movie_id in processing.unfinished():
        process_movie(str(movie_id))
    if swept := storage.sweep_leftovers():
        logger.info("Deleted %d files that killed processes had left", swept)


@db_periodic_task(crontab(minute="*/10"))  # type: ignore[untyped-decorator]
def remove_expired_uploads() -> None:
    if removed := expiry.remove_expired():
        logger.info("Removed %d expired uploads", removed)
