"""System checks: a wrong combination of settings fails with a hint, before it fails somebody's evening."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from limits import parse

from watchparty.roles import ROLES


@register()
def rate_limits_are_readable(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Each RATE_LIMIT_… is of the form 10/minute, or 0."""
    problems: list[CheckMessage] = []
    for name in sorted({name for name in dir(settings) if name.startswith("RATE_LIMIT_")}):
        value = getattr(settings, name)
        if value in ("", "0"):
            continue
        try:
            parse(value)
        except ValueError:
            problems.append(
                Error(
                    f"{name} is {value!r}, which is no rate.",
                    hint="Write a number and a period, as in 10/minute; 0 lifts the limit.",
                    id="watchparty.E001",
                )
            )
    return problems


@register()
def heartbeat_fits(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """A client that keeps the interval must not time out."""
    if settings.SYNC_HEARTBEAT_TIMEOUT > settings.SYNC_HEARTBEAT_INTERVAL:
        return []
    return [
        Error(
            "SYNC_HEARTBEAT_TIMEOUT must be longer than SYNC_HEARTBEAT_INTERVAL.",
            hint="The defaults are 15 and 5 seconds.",
            id="watchparty.E002",
        )
    ]


@register()
def processes_reach_each_other(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Several web processes share rooms through Redis, and what lasts through a database that takes many writers."""
    if settings.WORKERS <= 1:
        return []
    problems: list[CheckMessage] = []
    if not settings.REDIS_URL:
        problems.append(
            Error(
                f"WORKERS is {settings.WORKERS}, but without REDIS_URL each web process would have rooms of its own.",
                hint="Set REDIS_URL, or WORKERS=1.",
                id="watchparty.E003",
            )
        )
    if settings.DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
        problems.append(
            Error(
                f"WORKERS is {settings.WORKERS}, but SQLite is for one web process.",
                hint="Set DATABASE_URL=postgres://…, or WORKERS=1.",
                id="watchparty.E004",
            )
        )
    return problems


@register()
def redis_address_is_readable(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """REDIS_URL is one of a Redis by TCP, with or without TLS."""
    address = urlsplit(settings.REDIS_URL)
    if not settings.REDIS_URL or (address.scheme in ("redis", "rediss") and address.hostname):
        return []
    return [
        Error(
            f"REDIS_URL begins with {address.scheme!r}, or names no host.",
            hint="Write redis://:password@host:6379/0, or rediss://… for TLS.",
            id="watchparty.E005",
        )
    ]


@register()
def role_is_known(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """ROLE is one that there is, and what serves the other half can be reached."""
    if settings.ROLE not in ROLES:
        hint = f"Set it to one of {', '.join(ROLES)}."
        return [Error(f"ROLE is {settings.ROLE!r}.", hint=hint, id="watchparty.E006")]
    if settings.ROLE == "all" or settings.REDIS_URL:
        return []
    return [
        Error(
            f"ROLE is {settings.ROLE}, but without REDIS_URL pages and rooms would know nothing of each other.",
            hint="Set REDIS_URL, or ROLE=all.",
            id="watchparty.E007",
        )
    ]


@register()
def bucket_urls_can_be_signed(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Players are sent to the bucket by signed URLs: by a service account's key, or by IAM in an account's name."""
    if not settings.GS_BUCKET_NAME or settings.GS_SA_EMAIL or _is_service_account_key():
        return []
    return [
        Error(
            "GS_BUCKET_NAME is set, but nothing that could sign URLs for players.",
            hint="Set GOOGLE_APPLICATION_CREDENTIALS to the key file of a service account; or, at Google, GS_SA_EMAIL"
            " to a service account for which this machine's own may create tokens.",
            id="watchparty.E008",
        )
    ]


def _is_service_account_key() -> bool:
    try:
        key = json.loads(Path(settings.GOOGLE_APPLICATION_CREDENTIALS).read_bytes())
        return bool(key["type"] == "service_account")
    except (OSError, ValueError, KeyError, TypeError):
        return False
