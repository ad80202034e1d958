from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    name = "audit"
    verbose_name = _("Audit")

    def ready(self) -> None:
        from audit import checks, exports  # noqa: F401 - they register theirs
        from audit.receivers import accounts, movies, rooms, sync  # noqa: F401 - connects
