from django.apps import AppConfig


class RoomsConfig(AppConfig):
    name = "rooms"

    def ready(self) -> None:
        from movies.access import register_grant
        from rooms import receivers  # noqa: F401 - connects them
        from rooms.selectors import movies_granted

        register_grant(movies_granted)
