"""Entries are written once: the ORM refuses to change or remove them, and to add any past their one way in.

That keeps our own code, a shell and a plug-in from it. Who writes SQL is found by the seals and the ledger.
"""

from collections.abc import Iterable
from typing import Any, NoReturn, TypeVar

from django.db import models

M = TypeVar("M", bound=models.Model)


class EntriesAreFinal(Exception):
    """Somebody tried to add, change or delete an audit entry."""


def refuse() -> NoReturn:
    raise EntriesAreFinal("Audit entries are written by audit.services.record alone, and never changed or deleted.")


class FinalQuerySet(models.QuerySet[M]):
    def create(self, **values: Any) -> NoReturn:
        refuse()

    def bulk_create(self, objs: Iterable[M], *rest: Any, **options: Any) -> NoReturn:
        refuse()

    def update(self, **values: Any) -> NoReturn:
        refuse()

    def bulk_update(self, objs: Iterable[M], *rest: Any, **options: Any) -> NoReturn:
        refuse()

    def delete(self) -> NoReturn:
        refuse()


class Final(models.Model):
    """The way in is ``insert``, or ``_base_manager.bulk_create`` for many."""

    objects = FinalQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *rest: Any, **options: Any) -> NoReturn:
        refuse()

    def delete(self, *rest: Any, **options: Any) -> NoReturn:
        refuse()

    def insert(self) -> None:
        super().save(force_insert=True)
