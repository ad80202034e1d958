"""The engine's numbers. Those with a setting can be changed or lifted by it."""

from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Limits:
    """Rates in 1/s, times in s. A rate or a count of 0 is no limit."""

    messages_per_second: float = 10.0
    message_burst: float = 60.0
    reports_per_second: float = 20.0
    """`clock` and `status`."""
    report_burst: float = 60.0
    refused_in_window: int = 200
    refused_window: float = 10.0
    rubbish_in_window: int = 5
    rubbish_window: float = 60.0
    connections_per_user: int = 20

    heartbeat_interval: float = 5.0
    heartbeat_timeout: float = 15.0
    away_timeout: float = 90.0
    offline_seconds: float = 30.0
    """How long a participant may be offline before it has left."""
    return_seconds: float = 30.0
    """How long clients have to come back after a restart."""
    full_seconds: float = 10.0
    """How long a socket may take nothing before it is cut off."""
    idle_seconds: float = 60.0
    """After how long an empty, paused room is let go of."""
    host_gone_seconds: float = 60.0
    """After how long somebody stands in for a host who has gone."""
    chat_recovered: int = 1000


def from_settings() -> Limits:
    """The limits as the project's settings want them. SYNC_MESSAGES_PER_SECOND=0 lifts both rates."""
    rate = float(settings.SYNC_MESSAGES_PER_SECOND)
    standard = Limits()
    return Limits(
        messages_per_second=rate,
        message_burst=rate * standard.message_burst / standard.messages_per_second,
        reports_per_second=standard.reports_per_second if rate else 0.0,
        connections_per_user=settings.SYNC_CONNECTIONS_PER_USER,
        heartbeat_interval=settings.SYNC_HEARTBEAT_INTERVAL,
        heartbeat_timeout=settings.SYNC_HEARTBEAT_TIMEOUT,
        away_timeout=settings.SYNC_AWAY_TIMEOUT,
        offline_seconds=settings.SYNC_OFFLINE_SECONDS,
        return_seconds=settings.SYNC_RETURN_SECONDS,
        full_seconds=settings.SYNC_FULL_SECONDS,
        host_gone_seconds=settings.SYNC_HOST_GONE,
    )
