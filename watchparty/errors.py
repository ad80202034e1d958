"""What can go wrong in the domain.

Services and selectors raise these; each edge translates them once: REST to problem+json
(``watchparty.api.problems``), the socket to an ``error`` message, management commands to ``CommandError``.
"""

import errno
from typing import ClassVar


class DomainError(Exception):
    """A refusal that the caller should see.

    ``detail`` says what was expected, what came and what to do. ``field`` names the input it is about, if any;
    ``code`` is a stable word for programs.
    """

    status: ClassVar[int] = 400
    default_code: ClassVar[str] = "invalid"
    title: ClassVar[str] = "Invalid input"

    def __init__(self, detail: str, *, field: str | None = None, code: str | None = None) -> None:
        super().__init__(str(detail))
        self.detail = detail
        self.field = field
        self.code = code or self.default_code


class Invalid(DomainError):
    """The input breaks a rule that is named in ``detail``."""


class NotAuthenticated(DomainError):
    """Nobody is signed in, or the credential is no longer good."""

    status = 401
    default_code = "not_authenticated"
    title = "Not authenticated"


class Forbidden(DomainError):
    """Known who it is, but this person may not do this."""

    status = 403
    default_code = "forbidden"
    title = "Forbidden"


class NotFound(DomainError):
    """It does not exist, or the asker may not know that it does."""

    status = 404
    default_code = "not_found"
    title = "Not found"


class Conflict(DomainError):
    """It clashes with the present state; looking again and retrying may help."""

    status = 409
    default_code = "conflict"
    title = "Conflict"


class TooLarge(DomainError):
    """The body or file is larger than allowed."""

    status = 413
    default_code = "too_large"
    title = "Too large"


class RateLimited(DomainError):
    """Too often. ``retry_after`` is in seconds."""

    status = 429
    default_code = "rate_limited"
    title = "Too many requests"

    def __init__(self, detail: str, *, retry_after: float, field: str | None = None, code: str | None = None) -> None:
        super().__init__(detail, field=field, code=code)
        self.retry_after = retry_after


class Unavailable(DomainError):
    """Something that is needed is down; nothing was changed."""

    status = 503
    default_code = "unavailable"
    title = "Unavailable"


# What the system calls it when the disk, a quota or a file's size limit is reached.
NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class OutOfSpace(DomainError):
    """No room left on the disk; nothing was kept."""

    status = 507
    default_code = "out_of_space"
    title = "Insufficient storage"
