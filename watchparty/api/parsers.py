"""JSON bodies, strictly: RFC 8259 and no more."""

from typing import IO, Any, ClassVar

import msgspec
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser
from rest_framework.renderers import JSONRenderer

MAX_DEPTH = 32


class StrictJSONParser(BaseParser):
    """Refuses what Python's json lets through: NaN, Infinity, 1e999, bad UTF-8; and nesting beyond 32 levels."""

    media_type = "application/json"
    renderer_class: ClassVar[type[JSONRenderer]] = JSONRenderer

    def parse(self, stream: IO[Any], media_type: str | None = None, parser_context: Any = None) -> Any:
        try:
            value = msgspec.json.decode(stream.read())
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ParseError(_("The body must be JSON: %s") % error) from None
        except RecursionError:
            raise ParseError(_("The body is nested too deeply.")) from None
        if _deeper_than(value, MAX_DEPTH - 1):
            raise ParseError(_("The body is nested too deeply: at most %d levels.") % MAX_DEPTH)
        return value


def _deeper_than(value: Any, depth: int) -> bool:
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return depth < 0 or any(_deeper_than(child, depth - 1) for child in children)
