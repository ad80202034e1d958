"""Knocking at a room's door, as `rooms.admission` is asked by the socket."""

from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import Client

from accounts.models import Session, User
from accounts.services import issue_tokens
from rooms import admission, tickets
from rooms.models import Room
from sync.ports import Admission, Refused

OURS = {"origin": "http://testserver:8000"}


def scope(query: str = "", *, headers: dict[str, str] | None = None, scheme: str = "ws") -> dict[str, Any]:
    given = {"host": "testserver:8000"} | (headers or {})
    return {
        "type": "websocket",
        "scheme": scheme,
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
    }


def bearer(user: User) -> dict[str, str]:
    return {"authorization": f"Bearer {issue_tokens(user=user).access}"}


def admit(code: str, query: str = "", **options: Any) -> Admission:
    return async_to_sync(admission.admit)(scope(query, **options), code)


def refused(code: str, query: str = "", **options: Any) -> tuple[int, str]:
    with pytest.raises(Refused) as caught:
        admit(code, query, **options)
    return caught.value.close_code, caught.value.reason


def ticket(room: Room, user: User, session: Session | None = None) -> str:
    return tickets.issue(room_id=room.pk, user_id=user.pk, sid=str(session.pk) if session else None)


def cookie(user: User) -> str:
    """The cookie header of a browser that somebody has signed in with."""
    browser = Client()
    browser.force_login(user)
    assert browser.get("/").status_code == 200
    return f"theme=dark; sessionid={browser.cookies['sessionid'].value}"
