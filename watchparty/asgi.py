"""The one place where the parts are wired."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "watchparty.settings")
http_application = get_asgi_application()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402 - the apps must be loaded first
from django.urls import path  # noqa: E402
from accounts.scopes import signed_in  # noqa: E402
from rooms.admission import admit  # noqa: E402
from rooms.chat import ChatLog  # noqa: E402
from rooms.playlist import Playlist  # noqa: E402
from sync.consumers import RoomConsumer  # noqa: E402

from watchparty.body_guard import BodyGuard  # noqa: E402
from watchparty.unrouted import UnroutedSocket  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": BodyGuard(http_application, signed_in=signed_in),
        "websocket": URLRouter(
            [
                path(
                    "ws/rooms/<str:code>/",
                    RoomConsumer.as_asgi(admit=admit, chat=ChatLog(), items=Playlist()),
                ),
                path("<path:rest>", UnroutedSocket()),
                path("", UnroutedSocket()),
            ]
        ),
    }
)
