"""People's keys under the present SECRET_KEY, once it was changed: those that a former one wraps are wrapped anew.

Until then who has the former one, and a copy of the database, reads what is personal. Boxes stay as they are, for the
ledger has hashed them.
"""

from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidTag

from audit import personal
from audit.models import PersonalKey

PIECE = 500


@dataclass(slots=True)
class Rewrapped:
    """How many keys were wrapped anew, are as they should be, and can be opened by no SECRET_KEY that is known."""

    anew: int = 0
    present: int = 0
    unopened: int = 0


def rewrap() -> Rewrapped:
    """While the server runs: a key that goes meanwhile stays gone. Interrupted, it may be called again."""
    told, last = Rewrapped(), UUID(int=0)
    while piece := list(
        PersonalKey.objects.filter(user__gt=last).order_by("user").values_list("user", "wrapped")[:PIECE]
    ):
        for user, wrapped in piece:
            _one(user, wrapped, told)
            last = user
    return told


def _one(user: UUID, wrapped: str, told: Rewrapped) -> None:
    try:
        fresh = personal.rewrapped(wrapped, user)
    except (InvalidTag, ValueError):
        told.unopened += 1
        return
    if fresh is None:
        told.present += 1
    else:
        told.anew += PersonalKey.objects.filter(user=user, wrapped=wrapped).update(wrapped=fresh)
