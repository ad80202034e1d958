from django.apps import AppConfig


class WatchPartyConfig(AppConfig):
    name = "watchparty"
    verbose_name = "WatchParty"

    def ready(self) -> None:
        from watchparty import checks  # noqa: F401 - registers the checks
