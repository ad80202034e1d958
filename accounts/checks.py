"""System checks."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from accounts.addresses import trusted_networks


@register()
def trusted_proxies_are_addresses(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Each of TRUSTED_PROXIES is an address or a network."""
    try:
        trusted_networks(tuple(settings.TRUSTED_PROXIES))
    except ValueError as error:
        return [
            Error(
                f"TRUSTED_PROXIES: {error}.",
                hint="Write addresses or networks with commas between, as in 127.0.0.1,10.0.0.0/8.",
                id="accounts.E001",
            )
        ]
    return []
