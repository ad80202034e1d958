"""The links that are mailed: whose, good for what, and where they lead."""

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.http import HttpRequest
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from rest_framework.request import Request

from accounts.models import User


class _VerifyingTokens(PasswordResetTokenGenerator):
    """Good once, and only for the address that it was mailed to; a password reset's are never good for this."""

    key_salt = "accounts.links.verifying"

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        return f"{user.pk}{user.email}{user.email_verified_at}{timestamp}"


verifying = _VerifyingTokens()
# Django's own: bound to the password, the address and the last sign-in, so it is good once.
resetting = PasswordResetTokenGenerator()


def uid_of(user: User) -> str:
    return urlsafe_base64_encode(force_bytes(user.pk))


def verify_page(user: User, *, origin: str = "") -> str:
    return f"{settings.PUBLIC_URL or origin}/accounts/verify/{uid_of(user)}/{verifying.make_token(user)}/"


def reset_page(user: User, *, origin: str = "") -> str:
    return f"{settings.PUBLIC_URL or origin}/accounts/reset/{uid_of(user)}/{resetting.make_token(user)}/"


def origin_of(request: Request | HttpRequest) -> str:
    """``https://host`` of a request, for links that leave the site: PUBLIC_URL goes before it."""
    return f"{request.scheme}://{request.get_host()}"
