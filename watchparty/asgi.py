"""The one place where the parts are wired."""

import os
import tempfile
from functools import partial
from typing import Any

from django.conf import settings
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "watchparty.settings")
http_application = get_asgi_application()

# The apps must be loaded before anything of theirs is imported.
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import path  # noqa: E402

from accounts.scopes import admit_upload  # noqa: E402
from rooms.admission import admit  # noqa: E402
from rooms.chat import ChatLog  # noqa: E402
from rooms.playlist import Playlist  # noqa: E402
from rooms.succession import stand_in  # noqa: E402
from sync import background, engine  # noqa: E402
from sync.consumers import RoomConsumer  # noqa: E402
from sync.succession import Succession  # noqa: E402
from watchparty.body_guard import BodyGuard, takes_chunks  # noqa: E402
from watchparty.lifespan import Lifespan  # noqa: E402
from watchparty.roles import HealthOnly  # noqa: E402
from watchparty.streamed_body import StreamedBodies  # noqa: E402
from watchparty.unrouted import UnroutedSocket  # noqa: E402

# Django spools bodies into the system's folder for temporary files, which may be small, or memory.
tempfile.tempdir = settings.FILE_UPLOAD_TEMP_DIR

playlist = Playlist()
chat_log = ChatLog()
room = RoomConsumer.as_asgi(admit=admit, chat=chat_log, items=playlist)
succession = Succession(engine.live(), stand_in)
unrouted: Any = UnroutedSocket()  # Django's path() has no type for ASGI applications
# A front door that sends sockets here is set up wrongly, or for a moment: clients try again.
socket: Any = UnroutedSocket(1013, "no_rooms_here") if settings.ROLE == "api" else room
streamed = StreamedBodies(http_application, streams=takes_chunks)
requests = BodyGuard(streamed, admit_upload=admit_upload)

application = ProtocolTypeRouter(
    {
        "http": HealthOnly(requests) if settings.ROLE == "sync" else requests,
        "websocket": URLRouter(
            [path("ws/rooms/<str:code>/", socket), path("<path:rest>", unrouted), path("", unrouted)]
        ),
        "lifespan": Lifespan(
            start=[partial(background.start, engine.live(), playlist, chat_log), succession.start],
            stop=[succession.stop, partial(background.stop, engine.live())],
        ),
    }
)
