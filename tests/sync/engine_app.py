"""An ASGI application around the engine alone, with the rooms, chat and movies that its tests need.

A bearer token is a user's name; `owner…` and `u0` are hosts, `guest…` guests, `stranger…` no members. Notices are
sent by POST /notice/KIND/ with JSON arguments, as a view of another app would send them.
"""

import asyncio
import gc
import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import django
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.sync.engine_settings")
if not django.apps.apps.ready:
    django.setup()

from asgiref.sync import async_to_sync
from channels.routing import ProtocolTypeRouter, URLRouter
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path

from sync import background, engine, notices, rest
from sync.consumers import RoomConsumer
from sync.ports import Admission, ChatLine, Item, Refused, RoomSettings, Scope
from sync.sockets import DirectConnection
from sync.uvicorn_protocol import RoomProtocol
from watchparty.errors import NotFound, Unavailable
from watchparty.lifespan import Lifespan

MOVIES = {"long": 7200.0, "short": 2.0, "unknown": None}
SLOW_SECONDS = 0.5
"""What a database that hangs takes for the movie "short" in rooms `slow-…`, and for what was said there."""


def settings_of(code: str, **changes: Any) -> RoomSettings:
    """`everyone-…` lets everyone control, `nobody-…` waits for nobody, `next-…` goes on by itself, `vote-…` votes."""
    control = "everyone" if "everyone" in code else "host"
    buffering = {"policy": "nobody" if "nobody" in code else "everyone", "grace": 0.2, "timeout": 2.0}
    after = {"auto_next": "next" in code, "skip_votes": "vote" in code}
    return RoomSettings(
        **{"id": code, "code": code, "name": code, "control": control, "buffering": buffering} | after | changes
    )


def role_of(user: str) -> str:
    if user.startswith("owner") or user.endswith("u0"):
        return "host"
    return "guest" if user.startswith("guest") else "member"


async def admit(scope: Scope, code: str) -> Admission:
    headers = dict(scope["headers"])
    user = headers.get(b"authorization", b"").decode().removeprefix("Bearer ")
    if not user:
        if headers.get(b"origin") == b"http://evil.example":
            raise Refused.http(403)
        raise Refused(4401, "not_authenticated")
    if user.startswith("stranger"):
        raise Refused(4403, "not_member")
    if code == "missing":
        raise Refused(4404, "not_found")
    if code == "down":
        raise Unavailable("The database is down.")
    return Admission(settings_of(code), user, user.title(), role_of(user), f"sid-{user}", user.startswith("guest"))


async def slowly(room: str) -> None:
    if room.startswith("slow-"):
        await asyncio.sleep(SLOW_SECONDS)


class Lines:
    """Chat in memory, one counter for each room."""

    def __init__(self) -> None:
        self.lines: dict[str, list[ChatLine]] = {}
        self.said: dict[tuple[str, str, str], int] = {}
        self.answers = asyncio.Event()

    async def post(
        self, *, room_id: str, user_id: str, name: str, participant_id: str, session: str, id: str, text: str
    ) -> ChatLine:
        if text == "the database is down":
            raise Unavailable("The database is down.")
        if text == "the database hangs":
            await self.answers.wait()
        if text == "the database answers again":
            self.answers.set()
        if text == "a bug":
            raise ZeroDivisionError
        kept = self.lines.setdefault(room_id, [])
        if before := self.said.get((room_id, session, id)):
            return replace(kept[before - 1], repeated=True)
        line = ChatLine(len(kept) + 1, participant_id, user_id, name, text, datetime.now(UTC), id)
        kept.append(line)
        self.said[room_id, session, id] = line.chat_seq
        return line

    async def since(self, *, room_id: str, chat_seq: int, limit: int) -> list[ChatLine]:
        kept = self.lines.get(room_id, [])[chat_seq : chat_seq + limit]
        await slowly(room_id)
        return [line for line in kept if line.text != "removed"]

    async def last(self, *, room_id: str) -> int:
        if "CHATLESS" in os.environ:
            raise Unavailable("The database is down.")
        return len(self.lines.get(room_id, []))


class Playlist:
    async def get(self, *, room_id: str, item: str) -> Item:
        if item == "short":
            await slowly(room_id)
        if item not in MOVIES:
            raise NotFound("This movie is not in the room's queue.")
        return Item(item, MOVIES[item])

    async def first(self, *, room_id: str) -> Item | None:
        return Item("long", MOVIES["long"]) if "movie" in room_id else None

    async def following(self, *, room_id: str, item: str) -> Item | None:
        order = list(MOVIES)
        after = order[order.index(item) + 1 :]
        return Item(after[0], MOVIES[after[0]]) if after else None


def notice(request: HttpRequest, kind: str) -> HttpResponse:
    arguments = json.loads(request.body)
    if kind == "settings_changed":
        arguments = {"room_settings": settings_of(**arguments)}
    getattr(notices, kind)(**arguments)
    return HttpResponse(status=204)


def command(request: HttpRequest, code: str, user: str) -> HttpResponse:
    submit = async_to_sync(rest.submit)
    return JsonResponse(
        submit(settings_of(code), user, role_of(user), json.loads(request.body), items=playlist), status=200
    )


def state(request: HttpRequest, code: str) -> HttpResponse:
    return JsonResponse(async_to_sync(rest.snapshot)(settings_of(code), 0, items=playlist))


def in_memory(request: HttpRequest) -> HttpResponse:
    """How many objects of a connection there are, waiting for the garbage collector or not."""
    kinds = (RoomProtocol, RoomConsumer, DirectConnection)
    return JsonResponse({one.__name__: sum(type(it) is one for it in gc.get_objects()) for one in kinds})


playlist, lines = Playlist(), Lines()
urlpatterns = [
    path("notice/<str:kind>/", notice),
    path("command/<str:code>/<str:user>/", command),
    path("state/<str:code>/", state),
    path("in-memory/", in_memory),
]


async def start() -> None:
    await background.start(engine.live(), playlist, lines)


async def stop() -> None:
    await background.stop(engine.live())


application = ProtocolTypeRouter(
    {
        "http": get_asgi_application(),
        "lifespan": Lifespan(start=[start], stop=[stop]),
        "websocket": URLRouter(
            [path("ws/rooms/<str:code>/", RoomConsumer.as_asgi(admit=admit, chat=lines, items=playlist))]
        ),
    }
)
