"""Shipping in the worker: soon after something happened, and each minute for what a lost job left behind."""

from huey import crontab
from huey.contrib.djhuey import db_periodic_task, db_task

from audit.shipping import ship


@db_task()  # type: ignore[untyped-decorator] # huey has no annotations
def ship_soon() -> None:
    ship()


@db_periodic_task(crontab(minute="*"))  # type: ignore[untyped-decorator]
def ship_what_waits() -> None:
    ship()
