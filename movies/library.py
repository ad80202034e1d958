"""How a library is looked through: words of the title, and an order."""

from typing import Final

from django.db.models import F, QuerySet
from django.db.models.expressions import OrderBy
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from movies.models import Movie
from watchparty.errors import Invalid

ORDERINGS: Final = ("-created_at", "created_at", "title", "-title", "duration", "-duration", "size", "-size")
LONGEST_SEARCH = 200
_MOST_WORDS = 10


def sought(movies: QuerySet[Movie], *, search: str = "", ordering: str = "") -> QuerySet[Movie]:
    """Those whose title has every word of ``search``, in that order; newest first without one.

    Movies whose length or size isn't known yet come last. Raises Invalid naming ``search`` or ``ordering``.
    """
    if len(search) > LONGEST_SEARCH or "\0" in search:
        raise Invalid(_("A search has at most %d characters.") % LONGEST_SEARCH, field="search")
    for word in search.split()[:_MOST_WORDS]:
        movies = movies.filter(title__icontains=word)
    return movies.order_by(*_order(ordering or ORDERINGS[0]))


def _order(wanted: str) -> tuple[str | OrderBy, ...]:
    if wanted not in ORDERINGS:
        raise Invalid(_("Movies can be ordered by %s.") % ", ".join(ORDERINGS), field="ordering")
    name = wanted.removeprefix("-")
    by: Lower | F = Lower("title") if name == "title" else F(name)
    order = by.desc(nulls_last=True) if wanted.startswith("-") else by.asc(nulls_last=True)
    # The id decides between equals, so that pages of the list neither repeat nor leave out one.
    return order, "pk"
