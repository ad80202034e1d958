"""Where things of a room are found. Host-relative, unless ``PUBLIC_URL`` names the origin."""

from urllib.parse import urlsplit, urlunsplit

from django.conf import settings


def room_page(code: str) -> str:
    return f"{settings.PUBLIC_URL}/rooms/{code}/"


def websocket(code: str) -> str:
    path = f"/ws/rooms/{code}/"
    if not settings.PUBLIC_URL:
        return path
    origin = urlsplit(settings.PUBLIC_URL)
    return str(urlunsplit(("wss" if origin.scheme == "https" else "ws", origin.netloc, origin.path + path, "", "")))


def invite_page(token: str, origin: str = "") -> str:
    """The link that is handed on. ``origin`` is the request's own, for when none is configured: a link that goes into
    a mail or a messenger must be whole.
    """
    return f"{settings.PUBLIC_URL or origin}/i/{token}/"
