"""How the log is written: without the secrets that stand in URLs.

Django logs the path of every refused request, uvicorn the query of every WebSocket, a traceback whatever its exception
says. Who reads the log must not come by a link that sets a password, an invite, or a token that plays a movie. So
masked is the finished line: message, arguments, extras and traceback alike, whichever logger it came by.
"""

import logging
import re

from pythonjsonlogger.json import JsonFormatter

MASK = "***"
# A URL that stands in the query of another has its own marks escaped.
_SLASH = r"(?:/|%2F)"
# Where a value ends: at what no URL holds as it is, and at what ends a piece of one.
_VALUE = r"""(?:(?!%2F|%3F|%26|%23)[^\s/?&#;"'<>\\])+"""
_SECRETS = re.compile(
    rf"""
    (?P<before>
        accounts {_SLASH} (?:reset|verify) {_SLASH} {_VALUE} {_SLASH}
      | (?:{_SLASH}|["']) i {_SLASH}
      | v1 {_SLASH} invites {_SLASH}
      | (?:[?&;]|%3F|%26) (?:token|ticket|session|access|access_token|refresh|invite) (?:=|%3D)
    )
    {_VALUE}
    """,
    re.IGNORECASE | re.VERBOSE,
)


def masked(text: str) -> str:
    """The text with the secrets of all URLs in it replaced by ``***``."""
    return _SECRETS.sub(rf"\g<before>{MASK}", text)


class MaskingFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record))


class MaskingJsonFormatter(JsonFormatter):
    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record))
