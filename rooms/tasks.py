"""Work for ``manage.py run_huey``."""

from huey import crontab
from huey.contrib.djhuey import db_periodic_task

from rooms.services.housekeeping import purge_expired


@db_periodic_task(crontab(hour="4", minute="17"))  # type: ignore[untyped-decorator] # huey has no annotations
def purge_daily() -> None:
    """What is over, and older than RETENTION_… allows. A benchmark may be running, so its rooms stay."""
    purge_expired(bench=False)
