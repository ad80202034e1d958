"""What a mail says, from ``templates/mail/<kind>.{subject.txt,txt,html}``."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.template import Context, engines
from django.template.backends.django import DjangoTemplates


class Letter(NamedTuple):
    """Plain texts, so that it survives the queue."""

    subject: str
    text: str
    html: str


def compose(kind: str, context: Mapping[str, Any]) -> Letter:
    return Letter(
        # A subject is one line, whatever names it quotes: a second one would be a header.
        subject=" ".join(_render(f"mail/{kind}.subject.txt", context, autoescape=False).split()),
        text=_render(f"mail/{kind}.txt", context, autoescape=False).strip() + "\n",
        html=_render(f"mail/{kind}.html", context, autoescape=True),
    )


def _render(name: str, context: Mapping[str, Any], *, autoescape: bool) -> str:
    backend = engines["django"]
    assert isinstance(backend, DjangoTemplates)
    return str(backend.engine.get_template(name).render(Context(dict(context), autoescape=autoescape)))
