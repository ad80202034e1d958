"""``uvicorn benchmarks.reference_channels.asgi:application``, or daphne's."""

import os

import django
from channels.routing import ProtocolTypeRouter, URLRouter
from django.urls import path

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.reference_channels.settings"
django.setup()

from django.core.asgi import get_asgi_application  # noqa: E402 - settings come first

from benchmarks.reference_channels.consumers import RoomConsumer  # noqa: E402

application = ProtocolTypeRouter(
    {
        "http": get_asgi_application(),
        "websocket": URLRouter([path("ws/rooms/<str:code>/", RoomConsumer.as_asgi())]),
    }
)
