"""The REST API in a browser: every endpoint of a room has its page, those that only take commands too."""

from uuid import uuid4

import pytest
from django.urls import reverse

from accounts.models import User
from rooms.models import Room
from rooms.urls import urlpatterns

NAMES = [str(pattern.name) for pattern in urlpatterns]


@pytest.mark.parametrize("name", NAMES)
def test_every_endpoint_has_its_page(api, alice: User, room: Room, name: str):
    (pattern,) = (one for one in urlpatterns if one.name == name)
    fills = {"code": room.code, "token": "none", "user_id": alice.pk, "chat_seq": 1}
    named = {key: fills.get(key, uuid4()) for key in pattern.pattern.converters}
    answer = api(alice).get("/api/v1" + reverse(name, "rooms.urls", kwargs=named), HTTP_ACCEPT="text/html")
    assert answer.status_code in (200, 404, 405)
    assert answer["Content-Type"].startswith("text/html")
    assert b'class="breadcrumb"' in answer.content
