"""Tokens in the URLs of sources, for players that send no headers: good for one movie and one user, for 12 hours.

They let nobody in by themselves: each request asks anew whether that user may watch that movie.
"""

from datetime import timedelta
from uuid import UUID

from django.core import signing
from django.utils.translation import gettext as _

from accounts.models import User
from movies.models import Movie
from watchparty.errors import NotAuthenticated

LIFETIME = timedelta(hours=12)
_SALT = "movies.stream"


def stream_token(user: User, movie: Movie) -> str:
    return signing.dumps([str(user.pk), str(movie.pk), user.token_version], salt=_SALT)


def verify(raw: str, *, movie_id: UUID | str) -> User:
    """Whose token this is. Raises NotAuthenticated, also when they were disabled or signed out everywhere since."""
    try:
        user_id, its_movie, version = signing.loads(raw, salt=_SALT, max_age=LIFETIME)
    except signing.BadSignature:
        raise NotAuthenticated(
            _("This link is not valid, or no longer: fetch the movie again for a new one.")
        ) from None
    if its_movie != str(movie_id):
        raise NotAuthenticated(_("This link belongs to another movie."))
    user = User.objects.filter(pk=user_id, is_active=True, token_version=version).first()
    if user is None:
        raise NotAuthenticated(_("The user of this link was signed out."))
    return user
