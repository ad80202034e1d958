"""Queries that are composed once: for reads at every request and every join of a socket.

Django composes and compiles a queryset anew each time, which takes three to ten times as long as SQLite or PostgreSQL
take to answer. 1,000 sockets that come back at once would wait for little else.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections, models

M = TypeVar("M", bound=models.Model)
Value = UUID | str | datetime
Places = list[tuple[str | None, Any]]


class Prepared(Generic[M]):
    """A read of at most one object. The keyword arguments of `compose` must be UUIDs, texts or instants (datetime).

    `compose` is called once for each database, with stand-ins, which are found again among the parameters of the
    compiled query. So it must use each argument, and may not look into them. Annotations become attributes, as the
    database returns them (a boolean may be 0 or 1).
    """

    def __init__(self, compose: Callable[..., models.QuerySet[M]], **kinds: type[Value]) -> None:
        self._compose = compose
        self._stand_ins = {name: _stand_in(kind, n) for n, (name, kind) in enumerate(kinds.items(), start=1)}
        self._compiled = cache(self._compile)

    def first(self, **values: Value) -> M | None:
        """The object that the query finds, or None."""
        model, sql, places = self._compiled(DEFAULT_DB_ALIAS)
        return next(iter(model._default_manager.raw(sql, _params(places, values))), None)

    def each(self, asked: Sequence[Mapping[str, Value]]) -> list[M | None]:
        """`first` for each of them, in one query."""
        if len(asked) <= 1:
            return [self.first(**values) for values in asked]
        model, sql, places = self._compiled(DEFAULT_DB_ALIAS)
        if connections[DEFAULT_DB_ALIAS].vendor == "postgresql":
            numbered, params = _planned_once(sql, places, asked)
        else:
            parts = [f"SELECT {n} AS asked, found.* FROM ({sql}) found" for n in range(len(asked))]  # noqa: S608
            numbered = " UNION ALL ".join(parts)
            params = [param for values in asked for param in _params(places, values)]
        found = {vars(one)["asked"]: one for one in model._default_manager.raw(numbered, params)}
        return [found.get(n) for n in range(len(asked))]

    def _compile(self, alias: str) -> tuple[type[M], str, Places]:
        queryset = self._compose(**self._stand_ins).order_by()[:1]
        sql, params = queryset.query.get_compiler(alias).as_sql()
        names = {_for_database(value): name for name, value in self._stand_ins.items()}
        places = [(names.get(param), param) for param in params]
        assert {name for name, _ in places} >= self._stand_ins.keys(), "an argument is not among the parameters"
        return queryset.model, sql, places


def _stand_in(kind: type[Value], n: int) -> Value:
    """A value that no constant of a query equals."""
    if kind is UUID:
        return UUID(f"5ca1ab1e-0000-4000-8000-{n:012d}")
    if kind is datetime:
        return datetime(9000 + n, 1, 1, tzinfo=UTC)
    return f"stand-in {n}"


def _params(places: Places, values: Mapping[str, Value]) -> list[Any]:
    given = {name: _for_database(value) for name, value in values.items()}
    return [given[name] if name is not None else constant for name, constant in places]


def _planned_once(sql: str, places: Places, asked: Sequence[Mapping[str, Value]]) -> tuple[str, list[Any]]:
    """PostgreSQL takes longer to plan such a query than to answer it, and plans each part of a union by itself."""
    names = list(asked[0])
    # What stands for a percent sign (%%) must do so again.
    part = sql.replace("%%", "%%%%") % tuple("%s" if name is None else f"given.{name}" for name, _ in places)
    row = f"({', '.join(['%s'] * (len(names) + 1))})"
    rows = ", ".join([row] * len(asked))
    params: list[Any] = []
    for n, values in enumerate(asked):
        params += [n, *(_for_database(values[name]) for name in names)]
    return (
        f"SELECT given.asked, found.* FROM (VALUES {rows}) given (asked, {', '.join(names)})"  # noqa: S608
        f" CROSS JOIN LATERAL ({part}) found",
        params + [constant for name, constant in places if name is None],
    )


def _for_database(value: Value) -> Any:
    """The value as Django's fields hand it to the database."""
    connection = connections[DEFAULT_DB_ALIAS]
    if isinstance(value, UUID):
        return value if connection.features.has_native_uuid_field else value.hex
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return value
