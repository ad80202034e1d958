"""Who else may watch a movie than its owner. Other apps say so; this one doesn't know them."""

from collections.abc import Callable

from django.db.models import Q

from accounts.models import User

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
