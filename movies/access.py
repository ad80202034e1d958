"""Who may do what with a movie. Who else may watch it than its owner, other apps say; this one doesn't know them."""

from collections.abc import Callable

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import User
from movies.models import Movie
from watchparty.errors import Forbidden

Grant = Callable[[User], Q]
_grants: list[Grant] = []


def register_grant(grant: Grant) -> None:
    """``grant(user)`` gives the condition on Movie under which that user may watch. Called in ``AppConfig.ready``."""
    if grant not in _grants:
        _grants.append(grant)


def watchable_by(user: User) -> Q:
    condition = Q(owner=user)
    for grant in _grants:
        condition |= grant(user)
    return condition


def require_owner(by: User, movie: Movie) -> None:
    """Only the owner may change it, or staff who may change movies. Raises Forbidden."""
    if movie.owner_id != by.pk and not by.has_perm("movies.change_movie"):
        raise Forbidden(_("Only the owner of a movie may change it."))
