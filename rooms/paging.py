"""Paging through a room's chat by ``chat_seq``, which unlike page numbers doesn't shift as people talk."""

from dataclasses import dataclass
from typing import Self

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework.request import Request

from rooms.models import Message
from watchparty.errors import Invalid

USUAL, MOST = 50, 200
HIGHEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Lines:
    """``shown`` in the order of the chat; whether there are lines on either side of them."""

    shown: list[Message]
    older: bool
    newer: bool


@dataclass(frozen=True, slots=True)
class MessageWindow:
    before: int | None
    after: int | None
    size: int

    @classmethod
    def asked_by(cls, request: Request) -> Self:
        """From the query's ``before``, ``after`` and ``page_size``. Raises Invalid."""
        before, after = _number(request, "before"), _number(request, "after")
        if before is not None and after is not None:
            raise Invalid(_("Give before or after, not both."), field="before")
        return cls(before, after, min(_number(request, "page_size", least=1) or USUAL, MOST))

    def lines(self, messages: QuerySet[Message]) -> Lines:
        """At most ``size`` of them; one more is fetched to see whether it goes on."""
        if self.after is not None:
            found = list(messages.filter(chat_seq__gt=self.after).order_by("chat_seq")[: self.size + 1])
            older = messages.filter(chat_seq__lte=self.after).exists()
            return Lines(found[: self.size], older=older, newer=len(found) > self.size)
        rest = messages if self.before is None else messages.filter(chat_seq__lt=self.before)
        found = list(rest.order_by("-chat_seq")[: self.size + 1])
        newer = self.before is not None and messages.filter(chat_seq__gte=self.before).exists()
        return Lines(found[: self.size][::-1], older=len(found) > self.size, newer=newer)

    def older(self, path: str, lines: Lines) -> str | None:
        """The link to the lines before these."""
        if not lines.older:
            return None
        first = lines.shown[0].chat_seq if lines.shown else (self.after or 0) + 1
        return f"{path}?before={first}&page_size={self.size}"

    def newer(self, path: str, lines: Lines) -> str | None:
        """The link to the lines after these."""
        if not lines.newer:
            return None
        last = lines.shown[-1].chat_seq if lines.shown else (self.before or 1) - 1
        return f"{path}?after={last}&page_size={self.size}"


def _number(request: Request, name: str, *, least: int = 0) -> int | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(HIGHEST)) and least <= int(text) <= HIGHEST):
        raise Invalid(_("This must be a whole number from %d.") % least, field=name)
    return int(text)
