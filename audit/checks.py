"""System checks."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from audit.ledger.address import Address

# With the third of it that a look may take, less than a minute.
LONGEST_WATCH = 45


@register()
def immudb_address_is_readable(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """IMMUDB_URL names a server and a database."""
    if not settings.IMMUDB_URL:
        return []
    try:
        Address.of(settings.IMMUDB_URL)
    except ValueError:
        return [
            Error(
                # Without the address, in which there is a password.
                "IMMUDB_URL isn't the address of an ImmuDB.",
                hint="Write immudb://user:password@host:3322/database, or immudbs://… for TLS.",
                id="audit.E001",
            )
        ]
    return []


@register()
def copy_has_a_folder(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """AUDIT_COPY lies in a folder that is there, unless it is the usual place."""
    path = Path(settings.AUDIT_COPY)
    if path.parent.is_dir() or path.parent == settings.DATA:
        return []
    return [
        Error(
            f"AUDIT_COPY is {path}, but there is no folder {path.parent}.",
            hint="Make the folder, best on another machine's disk, or leave AUDIT_COPY empty.",
            id="audit.E002",
        )
    ]


@register()
def the_trail_is_looked_at(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """AUDIT_WATCH_SECONDS leaves some time to look, and little enough that an alarm comes within a minute."""
    if 1 <= settings.AUDIT_WATCH_SECONDS <= LONGEST_WATCH:
        return []
    return [
        Error(
            f"AUDIT_WATCH_SECONDS is {settings.AUDIT_WATCH_SECONDS:g}.",
            hint=f"Write a number from 1 to {LONGEST_WATCH}, so that an alarm is raised within a minute.",
            id="audit.E003",
        )
    ]
