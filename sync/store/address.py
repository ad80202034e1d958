"""Where Redis is, as a URL says it: the same one, with the same options, that redis-py takes for the cache."""

import ssl
from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

DEFAULT_PORT = 6379
OPTIONS = frozenset({"db", "ssl_cert_reqs", "ssl_ca_certs", "ssl_certfile", "ssl_keyfile", "ssl_check_hostname"})


@dataclass(frozen=True, slots=True)
class Address:
    host: str
    port: int = DEFAULT_PORT
    database: int = 0
    username: str | None = None
    password: str | None = None
    tls: ssl.SSLContext | None = None

    @classmethod
    def from_url(cls, url: str) -> Self:
        """`redis[s]://[[username]:password@]host[:port][/db]`; ValueError says what is wrong with another one."""
        parts = urlsplit(url)
        options = {name: values[-1] for name, values in parse_qs(parts.query).items() if name in OPTIONS}
        if parts.scheme not in {"redis", "rediss"}:
            raise ValueError(f"Redis' address begins with redis:// or rediss://, not with {parts.scheme}://")
        if not parts.hostname:
            raise ValueError("Redis' address names no host: redis://host:port/database")
        database = parts.path.strip("/") or options.get("db", "0")
        if not database.isdecimal():
            raise ValueError(f"Redis' address ends in the number of a database, not in {database!r}")
        return cls(
            host=parts.hostname,
            port=parts.port or DEFAULT_PORT,
            database=int(database),
            username=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
            tls=_tls(options) if parts.scheme == "rediss" else None,
        )

    @property
    def server_name(self) -> str | None:
        """Whom the certificate must name."""
        return self.host if self.tls else None

    @property
    def credentials(self) -> tuple[str, ...]:
        """The part of HELLO that signs in."""
        return ("AUTH", self.username or "default", self.password) if self.password else ()

    def __str__(self) -> str:
        """For logs: without the password."""
        return f"{self.host}:{self.port}/{self.database}"


def _tls(options: dict[str, str]) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=options.get("ssl_ca_certs"))
    if options.get("ssl_check_hostname", "true").lower() in {"false", "no", "0"}:
        context.check_hostname = False
    if options.get("ssl_cert_reqs") == "none":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if certificate := options.get("ssl_certfile"):
        context.load_cert_chain(certificate, options.get("ssl_keyfile"))
    return context
