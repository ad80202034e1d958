"""The real services on this machine, without Docker: one module for each, and `service` for what they share.

Standard library only, so that `scripts/services` can say what is missing before anything is installed.
"""

from pathlib import Path

from scripts.native.gcs import Gcs
from scripts.native.immudb import Immudb
from scripts.native.postgres import Postgres
from scripts.native.redis import Redis
from scripts.native.service import ROOT, Service, Unavailable
from scripts.native.smtp import Smtp

__all__ = ["SERVICES", "Gcs", "Immudb", "Postgres", "Redis", "Service", "Smtp", "Unavailable", "services_folder"]

SERVICES: dict[str, type[Service]] = {kind.name: kind for kind in (Postgres, Redis, Immudb, Gcs, Smtp)}


def services_folder() -> Path:
    """Where the services of this checkout keep their files. Each checkout has its own, so several can run at once."""
    return ROOT / ".services"
