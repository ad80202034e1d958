"""New people."""

import secrets

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts import selectors, signals
from accounts.addresses import limit_key
from accounts.models import User
from accounts.services.email import send_verification
from watchparty import limits
from watchparty.errors import Invalid

# Guests are many and short-lived: a name that nobody has chosen, and nobody will guess.
GUEST_NAME_BYTES = 8


def register(
    *, username: str, email: str, password: str, display_name: str = "", origin: str = "", ip: str = ""
) -> User:
    """A new account, and a mail to verify its address.

    ``origin`` (``https://host``) is where the mailed link leads when PUBLIC_URL is not set; ``ip`` is what
    RATE_LIMIT_REGISTER counts by. Raises Invalid with the field, RateLimited.
    """
    user = User(username=username, email=User.objects.normalize_email(email), display_name=display_name)
    check_fields(user)
    check_password_quality(password, user=user, field="password")
    if ip:
        limits.spend("REGISTER", limit_key(ip))
    # Hashing takes a quarter of a second: before the first query, so that no connection of the pool is held meanwhile.
    user.set_password(password)
    refuse_taken(user)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
            signals.user_registered.send(sender=User, user=user, by=user)
            send_verification(user=user, origin=origin)
    except IntegrityError:
        # Somebody else took the name or the address since we looked.
        refuse_taken(user)
        raise
    return user


def create_guest(*, display_name: str) -> User:
    """Somebody without password and address, to be let in by an invite. Raises Invalid."""
    user = User(
        username=f"guest-{secrets.token_hex(GUEST_NAME_BYTES)}", display_name=display_name.strip(), is_guest=True
    )
    if not user.display_name:
        raise Invalid(_("Say what you want to be called."), field="display_name", code="blank")
    check_fields(user)
    user.set_unusable_password()
    with transaction.atomic():
        user.save(force_insert=True)
        signals.user_registered.send(sender=User, user=user, by=None)
    return user


def check_fields(user: User) -> None:
    """Raise Invalid for the first field that breaks its rule."""
    try:
        user.clean_fields(exclude={"password"})
    except ValidationError as error:
        field, problems = next(iter(error.error_dict.items()))
        raise Invalid(" ".join(problems[0].messages), field=field, code=problems[0].code) from None


def refuse_taken(user: User) -> None:
    """Raise Invalid when somebody else has this name or address, in whatever case."""
    holder = selectors.user_by_login(user.username)
    if holder is not None and holder.pk != user.pk:
        raise Invalid(_("This user name is taken."), field="username", code="taken")
    holder = selectors.user_by_email(user.email or "")
    if holder is not None and holder.pk != user.pk:
        raise Invalid(_("This address has an account already."), field="email", code="taken")


def check_password_quality(password: str, *, user: User, field: str) -> None:
    """Raise Invalid for a password that AUTH_PASSWORD_VALIDATORS refuse."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages), field=field, code=error.error_list[0].code) from None
