"""How figures are written on the pages."""

from django import template

register = template.Library()


@register.filter
def clock(seconds: float) -> str:
    """Seconds as on a player: ``0:07``, ``12:05``, ``1:02:03``."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
