"""The device that a guest comes by: a random id in a cookie, so that a banned guest isn't simply the next guest."""

import secrets
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from rest_framework.request import Request

from rooms import codes

COOKIE = "device"
KEPT_FOR = timedelta(days=365)
LONGEST = 64


def id_of(request: HttpRequest | Request) -> str:
    """The device's id from its cookie, or a new one."""
    known = request.COOKIES.get(COOKIE, "")
    return known if known and len(known) <= LONGEST else secrets.token_urlsafe(24)


def remember(response: HttpResponseBase, device_id: str) -> None:
    response.set_cookie(
        COOKIE,
        device_id,
        max_age=KEPT_FOR,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def kept(device_id: str) -> str:
    """What is stored of it."""
    return codes.fingerprint(device_id)
