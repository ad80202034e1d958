"""Where an ImmuDB is: apart from its connection, for a check of the settings should not load gRPC."""

from dataclasses import dataclass
from typing import Self
from urllib.parse import unquote, urlsplit

PORT = 3322


@dataclass(frozen=True, slots=True)
class Address:
    """immudb://user:password@host:port/database; immudbs:// for TLS."""

    host: str
    port: int
    user: str
    password: str
    database: str
    tls: bool

    @classmethod
    def of(cls, url: str) -> Self:
        """Raises ValueError for what isn't one."""
        parts = urlsplit(url)
        if parts.scheme not in ("immudb", "immudbs") or not parts.hostname or not parts.path.strip("/"):
            raise ValueError("expected immudb://user:password@host:3322/database, or immudbs:// for TLS")
        return cls(
            host=parts.hostname,
            port=parts.port or PORT,
            user=unquote(parts.username or "immudb"),
            password=unquote(parts.password or ""),
            database=parts.path.strip("/"),
            tls=parts.scheme == "immudbs",
        )
