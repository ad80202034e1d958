from django.apps import AppConfig


class MoviesConfig(AppConfig):
    name = "movies"

    def ready(self) -> None:
        from movies import receivers  # noqa: F401 - they connect themselves
