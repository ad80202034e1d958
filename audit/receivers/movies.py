"""What happens to movies. Its making is the worker's doing, so nobody is the actor of that."""

from typing import Any
from uuid import UUID

from accounts.models import User
from audit.facts import Fact, Value
from audit.receivers.hearing import hears, id_of
from audit.services import record
from movies import signals
from movies.models import Movie, Subtitle


@hears(signals.upload_started)
def upload_started(*, movie: Movie, by: User, **rest: Any) -> None:
    record(fact=Fact.UPLOAD_STARTED, by=id_of(by), subject=movie.pk, data={"size": movie.size})


@hears(signals.upload_cancelled)
def upload_cancelled(*, movie: Movie, by: User, **rest: Any) -> None:
    record(fact=Fact.UPLOAD_CANCELLED, by=id_of(by), subject=movie.pk)


@hears(signals.upload_expired)
def upload_expired(*, movie: Movie, **rest: Any) -> None:
    record(fact=Fact.UPLOAD_EXPIRED, by=None, subject=movie.pk)


@hears(signals.movie_created)
def movie_created(*, movie: Movie, by: User | None, **rest: Any) -> None:
    record(fact=Fact.MOVIE_UPLOADED, by=id_of(by), subject=movie.pk, data={"size": movie.size})


@hears(signals.movie_linked)
def movie_linked(*, movie: Movie, by: User | None, **rest: Any) -> None:
    # Without its address, which tells of people and may hold a key to the file.
    record(fact=Fact.MOVIE_LINKED, by=id_of(by), subject=movie.pk)


@hears(signals.movie_renamed)
def movie_renamed(*, movie: Movie, by: User | None, **rest: Any) -> None:
    record(fact=Fact.MOVIE_RENAMED, by=id_of(by), subject=movie.pk)


@hears(signals.poster_replaced)
def poster_replaced(*, movie: Movie, by: User | None, **rest: Any) -> None:
    record(fact=Fact.MOVIE_POSTER_REPLACED, by=id_of(by), subject=movie.pk)


@hears(signals.movie_deleted)
def movie_deleted(*, movie: Movie, by: User | None, **rest: Any) -> None:
    record(fact=Fact.MOVIE_DELETED, by=id_of(by), subject=movie.pk)


@hears(signals.movie_restarted)
def movie_restarted(*, movie: Movie, by: User | None, **rest: Any) -> None:
    record(fact=Fact.MOVIE_RESTARTED, by=id_of(by), subject=movie.pk)


@hears(signals.subtitles_added)
def subtitles_added(*, subtitle: Subtitle, by: User | None, **rest: Any) -> None:
    _of_subtitles(Fact.SUBTITLES_ADDED, subtitle, by)


@hears(signals.subtitles_removed)
def subtitles_removed(*, subtitle: Subtitle, by: User | None, **rest: Any) -> None:
    _of_subtitles(Fact.SUBTITLES_REMOVED, subtitle, by)


def _of_subtitles(fact: Fact, subtitle: Subtitle, by: User | None) -> None:
    data: dict[str, Value] = {"movie": str(subtitle.movie_id), "language": subtitle.language}
    record(fact=fact, by=id_of(by), subject=subtitle.pk, data=data)


@hears(signals.movie_ready)
def movie_ready(*, movie_id: UUID | str, **rest: Any) -> None:
    record(fact=Fact.MOVIE_READY, by=None, subject=movie_id)


@hears(signals.movie_failed)
def movie_failed(*, movie_id: UUID | str, **rest: Any) -> None:
    record(fact=Fact.MOVIE_FAILED, by=None, subject=movie_id)
