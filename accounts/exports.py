"""Everything that is held about a person. Each app adds its part from its AppConfig.ready."""

from collections.abc import Callable
from typing import Any

from accounts import signals
from accounts.models import Session, User

Exporter = Callable[[User], Any]
_exporters: dict[str, Exporter] = {}


def register_exporter(key: str, exporter: Exporter) -> None:
    """``exporter(user)`` gives what stands under ``key``: what JSON can say, and dates, times and UUIDs."""
    _exporters[key] = exporter


def everything_about(user: User, *, by: User | None) -> dict[str, Any]:
    """``by`` asked for it, which is told."""
    signals.data_exported.send(sender=User, user=user, by=by)
    return {key: exporter(user) for key, exporter in _exporters.items()}


def _account(user: User) -> dict[str, Any]:
    return {
        "id": user.pk,
        "username": user.username,
        "email": user.email,
        "email_verified_at": user.email_verified_at,
        "display_name": user.display_name,
        "is_guest": user.is_guest,
        "date_joined": user.date_joined,
        "last_sign_in": user.last_login,
    }


def _devices(user: User) -> list[dict[str, Any]]:
    """Signed out or not."""
    fields = ("id", "kind", "user_agent", "ip", "created_at", "last_seen_at", "expires_at", "ended_at")
    return list(Session.objects.filter(user=user).values(*fields))


register_exporter("account", _account)
register_exporter("devices", _devices)
