"""The server as it would be without auditing, as DJANGO_SETTINGS_MODULE: the app is there, and hears nothing."""

from audit.apps import AuditConfig
from watchparty.settings import *  # noqa: F403 - it is a settings module
from watchparty.settings import INSTALLED_APPS


class Unheard(AuditConfig):
    def ready(self) -> None:
        """Nothing connects."""


INSTALLED_APPS = [f"{__name__}.Unheard" if app == "audit" else app for app in INSTALLED_APPS]
