"""What happens to accounts: who came, signed in or failed to, and where it ended."""

from typing import Any

from accounts import signals
from accounts.models import Session, User
from audit import personal
from audit.facts import Fact
from audit.receivers.hearing import hears, id_of
from audit.services import record


@hears(signals.user_registered)
def user_registered(*, user: User, by: User | None, **rest: Any) -> None:
    own = {"username": user.username, "display_name": user.display_name, "email": user.email}
    record(fact=Fact.USER_REGISTERED, by=id_of(by), subject=user.pk, data={"guest": user.is_guest}, personal=own)


@hears(signals.user_signed_in)
def user_signed_in(*, user: User, by: User | None, session: Session, **rest: Any) -> None:
    data = {"session": str(session.pk), "kind": str(session.kind)}
    own = {"ip": session.ip, "user_agent": session.user_agent}
    record(fact=Fact.USER_SIGNED_IN, by=id_of(by), subject=user.pk, data=data, personal=own)


@hears(signals.sign_in_failed)
def sign_in_failed(*, user: User | None, by: User | None, reason: str, ip: str, user_agent: str, **rest: Any) -> None:
    # What was typed as a name isn't kept: people type their passwords there. Whence it came is kept for the user whom
    # it concerns; without one it would be under nobody's key.
    own = {"ip": ip, "user_agent": user_agent} if user else {}
    record(fact=Fact.USER_SIGN_IN_FAILED, by=id_of(by), subject=id_of(user), data={"reason": reason}, personal=own)


@hears(signals.password_changed)
def password_changed(*, user: User, by: User | None, **rest: Any) -> None:
    record(fact=Fact.USER_PASSWORD_CHANGED, by=id_of(by), subject=user.pk)


@hears(signals.profile_edited)
def profile_edited(*, user: User, by: User | None, changed: list[str], **rest: Any) -> None:
    own = {field: getattr(user, field) for field in changed}
    record(fact=Fact.USER_PROFILE_CHANGED, by=id_of(by), subject=user.pk, data={"changed": changed}, personal=own)


@hears(signals.data_exported)
def data_exported(*, user: User, by: User | None, **rest: Any) -> None:
    record(fact=Fact.USER_EXPORTED, by=id_of(by), subject=user.pk)


@hears(signals.email_verified)
def email_verified(*, user: User, by: User | None, **rest: Any) -> None:
    record(fact=Fact.USER_EMAIL_VERIFIED, by=id_of(by), subject=user.pk, personal={"email": user.email})


@hears(signals.user_deactivated)
def user_deactivated(*, user: User, by: User | None, **rest: Any) -> None:
    record(fact=Fact.USER_DISABLED, by=id_of(by), subject=user.pk)


@hears(signals.user_activated)
def user_activated(*, user: User, by: User | None, **rest: Any) -> None:
    record(fact=Fact.USER_ENABLED, by=id_of(by), subject=user.pk)


@hears(signals.rights_changed)
def rights_changed(*, user: User, by: User | None, **rest: Any) -> None:
    data = {"staff": user.is_staff, "superuser": user.is_superuser}
    record(fact=Fact.USER_RIGHTS_CHANGED, by=id_of(by), subject=user.pk, data=data)


@hears(signals.session_refreshed)
def session_refreshed(*, user: User, by: User | None, session: Session, **rest: Any) -> None:
    record(fact=Fact.SESSION_REFRESHED, by=id_of(by), subject=user.pk, data={"session": str(session.pk)})


@hears(signals.session_closed)
def session_closed(*, user: User, by: User | None, session: Session, reason: str, **rest: Any) -> None:
    data = {"session": str(session.pk), "reason": reason}
    record(fact=Fact.SESSION_ENDED, by=id_of(by), subject=user.pk, data=data)


@hears(signals.user_erased)
def user_erased(*, user: User, by: User | None, **rest: Any) -> None:
    destroyed = personal.destroy_key(user.pk)
    record(fact=Fact.USER_ERASED, by=id_of(by), subject=user.pk, data={"key_destroyed": destroyed})
