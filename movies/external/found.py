"""What looking into a movie that lies elsewhere brings to light."""

from dataclasses import dataclass

from movies import playable
from movies.confined.answers import Facts


@dataclass(frozen=True, slots=True)
class Found:
    """A movie that can be played from where it lies. ``origins``: what it is fetched from, as a page's
    Content-Security-Policy has to name them. ``duration`` in seconds, ``size`` in bytes, where that is known."""

    plan: playable.Plan
    facts: Facts
    duration: float
    size: int | None
    origins: tuple[str, ...]
