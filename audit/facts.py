"""What is audited: one word per fact, and the only fields that may be kept with it.

A fact is ``<thing>.<what happened to it>``. Names, addresses, texts and titles are personal, so no fact has a field
for them among those that anybody can read: the ledger can't be rewritten. The few that an account can't be helped
without are in PERSONAL, and kept encrypted; see audit.personal. Ids are random and lead nowhere once the row that they
name is gone.

To add a fact: a member and its fields here, a signal in the app that it happens in, a receiver in ``receivers/``.
"""

from collections.abc import Mapping
from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

# What a field may hold. No floats: they don't survive every database bit for bit, and every bit is hashed.
Value = str | int | bool | None | list[str]
LONGEST = 200
LONGEST_PERSONAL = 300


class Fact(TextChoices):
    USER_REGISTERED = "user.registered", _("registered")
    USER_SIGNED_IN = "user.signed_in", _("signed in")
    USER_SIGN_IN_FAILED = "user.sign_in_failed", _("failed to sign in")
    USER_PASSWORD_CHANGED = "user.password_changed", _("password changed")
    USER_EMAIL_VERIFIED = "user.email_verified", _("mail address verified")
    USER_DISABLED = "user.disabled", _("account disabled")
    USER_ENABLED = "user.enabled", _("account enabled")
    USER_RIGHTS_CHANGED = "user.rights_changed", _("rights changed")
    USER_ERASED = "user.erased", _("account erased")
    USER_PROFILE_CHANGED = "user.profile_changed", _("profile changed")
    USER_EXPORTED = "user.exported", _("personal data exported")
    SESSION_REFRESHED = "session.refreshed", _("stayed signed in")
    SESSION_ENDED = "session.ended", _("signed out")

    ROOM_CREATED = "room.created", _("room created")
    ROOM_CHANGED = "room.changed", _("room settings changed")
    ROOM_CLOSED = "room.closed", _("room closed")
    MEMBER_JOINED = "member.joined", _("joined")
    MEMBER_LEFT = "member.left", _("left")
    MEMBER_ROLE_CHANGED = "member.role_changed", _("role changed")
    MEMBER_MUTED = "member.muted", _("muted, or not any more")
    MEMBER_ASKED_CONTROL = "member.asked_control", _("asked for control")
    MEMBER_CONTROL = "member.control", _("control given or refused")
    MEMBER_KICKED = "member.kicked", _("kicked")
    MEMBER_BANNED = "member.banned", _("banned")
    MEMBER_UNBANNED = "member.unbanned", _("ban lifted")
    INVITE_CREATED = "invite.created", _("invite created")
    INVITE_REVOKED = "invite.revoked", _("invite revoked")
    INVITE_ACCEPTED = "invite.accepted", _("invite accepted")
    QUEUE_ADDED = "queue.added", _("added to the queue")
    QUEUE_MOVED = "queue.moved", _("moved in the queue")
    QUEUE_REMOVED = "queue.removed", _("removed from the queue")
    MESSAGE_DELETED = "message.deleted", _("chat line deleted")

    PLAYBACK_COMMANDED = "playback.commanded", _("steered the playback")
    PLAYBACK_SUMMARY = "playback.summary", _("steered the playback again and again")

    UPLOAD_STARTED = "upload.started", _("upload begun")
    UPLOAD_CANCELLED = "upload.cancelled", _("upload called off")
    UPLOAD_EXPIRED = "upload.expired", _("unfinished upload removed")
    MOVIE_UPLOADED = "movie.uploaded", _("movie uploaded")
    MOVIE_LINKED = "movie.linked", _("movie from elsewhere added")
    MOVIE_RENAMED = "movie.renamed", _("movie renamed")
    MOVIE_POSTER_REPLACED = "movie.poster_replaced", _("poster replaced")
    MOVIE_RESTARTED = "movie.restarted", _("movie processed anew")
    MOVIE_READY = "movie.ready", _("movie ready")
    MOVIE_FAILED = "movie.failed", _("movie failed")
    MOVIE_DELETED = "movie.deleted", _("movie deleted")
    SUBTITLES_ADDED = "subtitles.added", _("subtitles added")
    SUBTITLES_REMOVED = "subtitles.removed", _("subtitles removed")

    AUDIT_ACKNOWLEDGED = "audit.acknowledged", _("alarms acknowledged")
    AUDIT_EXPORTED = "audit.exported", _("audit entries exported")
    AUDIT_TRIMMED = "audit.trimmed", _("old audit entries removed from the list")


FIELDS: Final[Mapping[Fact, frozenset[str]]] = {
    Fact.USER_REGISTERED: frozenset({"guest"}),
    Fact.USER_SIGNED_IN: frozenset({"session", "kind"}),
    Fact.USER_SIGN_IN_FAILED: frozenset({"reason"}),
    Fact.USER_PASSWORD_CHANGED: frozenset(),
    Fact.USER_EMAIL_VERIFIED: frozenset(),
    Fact.USER_DISABLED: frozenset(),
    Fact.USER_ENABLED: frozenset(),
    Fact.USER_RIGHTS_CHANGED: frozenset({"staff", "superuser"}),
    Fact.USER_ERASED: frozenset({"key_destroyed"}),
    Fact.USER_PROFILE_CHANGED: frozenset({"changed"}),
    Fact.USER_EXPORTED: frozenset(),
    Fact.SESSION_REFRESHED: frozenset({"session"}),
    Fact.SESSION_ENDED: frozenset({"session", "reason"}),
    Fact.ROOM_CREATED: frozenset({"visibility", "control"}),
    Fact.ROOM_CHANGED: frozenset({"changed"}),
    Fact.ROOM_CLOSED: frozenset(),
    Fact.MEMBER_JOINED: frozenset({"role"}),
    Fact.MEMBER_LEFT: frozenset(),
    Fact.MEMBER_ROLE_CHANGED: frozenset({"role", "before"}),
    Fact.MEMBER_MUTED: frozenset({"muted"}),
    Fact.MEMBER_ASKED_CONTROL: frozenset(),
    Fact.MEMBER_CONTROL: frozenset({"granted"}),
    Fact.MEMBER_KICKED: frozenset(),
    Fact.MEMBER_BANNED: frozenset(),
    Fact.MEMBER_UNBANNED: frozenset(),
    Fact.INVITE_CREATED: frozenset({"max_uses", "mailed"}),
    Fact.INVITE_REVOKED: frozenset(),
    Fact.INVITE_ACCEPTED: frozenset(),
    Fact.QUEUE_ADDED: frozenset({"movie"}),
    Fact.QUEUE_MOVED: frozenset({"movie", "position"}),
    Fact.QUEUE_REMOVED: frozenset({"movie"}),
    Fact.MESSAGE_DELETED: frozenset({"chat_seq"}),
    Fact.PLAYBACK_COMMANDED: frozenset({"action", "position_ms", "seq"}),
    Fact.PLAYBACK_SUMMARY: frozenset({"actions", "count", "position_ms", "seq"}),
    Fact.UPLOAD_STARTED: frozenset({"size"}),
    Fact.UPLOAD_CANCELLED: frozenset(),
    Fact.UPLOAD_EXPIRED: frozenset(),
    Fact.MOVIE_UPLOADED: frozenset({"size"}),
    Fact.MOVIE_LINKED: frozenset(),
    Fact.MOVIE_RENAMED: frozenset(),
    Fact.MOVIE_POSTER_REPLACED: frozenset(),
    Fact.MOVIE_RESTARTED: frozenset(),
    Fact.MOVIE_READY: frozenset(),
    Fact.MOVIE_FAILED: frozenset(),
    Fact.MOVIE_DELETED: frozenset(),
    Fact.SUBTITLES_ADDED: frozenset({"movie", "language"}),
    Fact.SUBTITLES_REMOVED: frozenset({"movie", "language"}),
    Fact.AUDIT_ACKNOWLEDGED: frozenset({"alarms"}),
    Fact.AUDIT_EXPORTED: frozenset({"entries"}),
    Fact.AUDIT_TRIMMED: frozenset({"entry", "ledger", "rows"}),
}

# Of the person that the fact is about. What they wrote, titled or had taken down isn't kept, encrypted or not.
PERSONAL: Final[Mapping[Fact, frozenset[str]]] = {
    Fact.USER_REGISTERED: frozenset({"username", "display_name", "email"}),
    Fact.USER_SIGNED_IN: frozenset({"ip", "user_agent"}),
    Fact.USER_SIGN_IN_FAILED: frozenset({"ip", "user_agent"}),
    Fact.USER_EMAIL_VERIFIED: frozenset({"email"}),
    Fact.USER_PROFILE_CHANGED: frozenset({"username", "display_name", "email"}),
}


def choices() -> list[tuple[str, str]]:
    """For the model: as a callable, so that a new fact is no migration."""
    return [(fact.value, str(fact.label)) for fact in Fact]


def allowed(fact: Fact, data: Mapping[str, Value]) -> dict[str, Value]:
    """``data`` as it may be kept. Raises ValueError for a field or a kind of value that the fact doesn't have."""
    extra = set(data) - FIELDS[fact]
    if extra:
        raise ValueError(f"{fact.value} has the fields {sorted(FIELDS[fact])}, not {sorted(extra)}: see audit/facts.py")
    for name, value in data.items():
        if isinstance(value, list):
            fits = all(isinstance(one, str) and len(one) <= LONGEST for one in value)
        else:
            fits = value is None or isinstance(value, int) or (isinstance(value, str) and len(value) <= LONGEST)
        if not fits:
            raise ValueError(f"{fact.value}.{name} must be a short text, an integer or a list of texts: got {value!r}")
    return dict(data)


def allowed_personal(fact: Fact, fields: Mapping[str, str | None]) -> dict[str, str]:
    """``fields`` as they may be kept, without those that are empty. Raises ValueError like ``allowed``."""
    known = PERSONAL.get(fact, frozenset())
    if extra := set(fields) - known:
        raise ValueError(
            f"{fact.value} has the personal fields {sorted(known)}, not {sorted(extra)}: see audit/facts.py"
        )
    if long := [name for name, value in fields.items() if value and len(value) > LONGEST_PERSONAL]:
        # Without the value: it is personal.
        raise ValueError(f"{fact.value}: {sorted(long)} must be texts of at most {LONGEST_PERSONAL} characters")
    return {name: value for name, value in fields.items() if value}
