"""Reads."""

from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from movies.access import watchable_by
from movies.models import Movie, Previews, Rendition, Subtitle
from watchparty.errors import Conflict, NotFound


def owned_by(user: User) -> QuerySet[Movie]:
    """The user's library, newest first."""
    return _whole(Movie.objects.filter(owner=user))


def visible_to(user: User) -> QuerySet[Movie]:
    """What the user may watch: their own, and what the grants of other apps allow."""
    # By subquery: a grant may join tables in which a movie appears more than once.
    return _whole(Movie.objects.filter(pk__in=Movie.objects.filter(watchable_by(user)).values("pk")))


def _whole(movies: QuerySet[Movie]) -> QuerySet[Movie]:
    return movies.select_related("owner", "previews").prefetch_related("subtitles", renditions_of())


def renditions_of(movies: str = "") -> "Prefetch[str, QuerySet[Rendition], str]":
    """To be read with movies: without where their parts lie. ``movies``: the path to those, with ``__`` at its end."""
    return Prefetch(f"{movies}renditions", queryset=Rendition.objects.defer("parts"))


def get_visible(*, user: User, movie_id: UUID | str) -> Movie:
    """Raises NotFound, also for a movie that exists and is none of this user's business."""
    movie = visible_to(user).filter(pk=movie_id).first()
    if movie is None:
        raise NotFound(_("There is no such movie."))
    return movie


def get_playable(*, user: User, movie_id: UUID | str) -> Movie:
    """One that can be watched now. Raises NotFound, Conflict."""
    movie = get_visible(user=user, movie_id=movie_id)
    if movie.status != Movie.Status.READY:
        raise Conflict(_("This movie can't be played: it is %(status)s.") % {"status": movie.get_status_display()})
    return movie


def get_previews(movie: Movie) -> Previews:
    """Raises NotFound while there are none."""
    previews: Previews | None = getattr(movie, "previews", None)
    if previews is None or not previews.file:
        raise NotFound(_("There are no previews of this movie."))
    return previews


def get_renditions(movie: Movie) -> list[Rendition]:
    """Those that are made. Raises NotFound when there are none."""
    made = list(Rendition.objects.filter(movie=movie).exclude(file=""))
    if not made:
        raise NotFound(_("There is no adaptive stream of this movie."))
    return made


def get_rendition(movie: Movie, side: int) -> Rendition:
    """Raises NotFound."""
    rendition = Rendition.objects.filter(movie=movie, side=side).exclude(file="").first()
    if rendition is None:
        raise NotFound(_("There is no such size of this movie."))
    return rendition


def get_subtitle(*, user: User, movie_id: UUID | str, subtitle_id: UUID | str) -> Subtitle:
    subtitle = get_visible(user=user, movie_id=movie_id).subtitles.filter(pk=subtitle_id).first()
    if subtitle is None:
        raise NotFound(_("There are no such subtitles."))
    return subtitle
