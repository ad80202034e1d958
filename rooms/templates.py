"""Kinds of rooms to begin with. A room made from one is an ordinary room: each setting can be changed then."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rooms.models import Room


@dataclass(frozen=True, slots=True)
class Template:
    """``settings`` as ``services.create_room`` takes them."""

    name: str | Promise
    description: str | Promise
    settings: Mapping[str, Any]


TEMPLATES = {
    "movie_night": Template(
        _("Movie night"),
        _("Friends on one sofa: everyone plays and pauses, and the film waits for everyone."),
        {
            "control": Room.Control.EVERYONE,
            "buffering": {"policy": Room.Policy.EVERYONE, "timeout": 15},
            "allow_guests": True,
            "slow_mode": 0,
            "host_handover": True,
        },
    ),
    "classroom": Template(
        _("Classroom"),
        _("One teaches: only the host plays and pauses, the film waits for most, and the chat is slow."),
        {
            "control": Room.Control.HOST,
            "buffering": {"policy": Room.Policy.QUORUM, "percent": 80, "timeout": 15},
            "allow_guests": False,
            "slow_mode": 10,
            "host_handover": False,
        },
    ),
}


def filled(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a new room: what is given, and the template's for the rest."""
    settings = TEMPLATES[name].settings
    buffering = {**settings["buffering"], **given.get("buffering", {})}
    return {**settings, **given, "buffering": buffering}
