"""A browser's Django session: signing in, and staying signed in when the password changes."""

from django.contrib import auth
from django.http import HttpRequest

from accounts import selectors, services
from accounts.models import User


def sign_in(request: HttpRequest, user: User) -> None:
    """Sign this browser in. Whoever else was signed in on it is signed out first: Django forgets them without a word,
    and their device would go on living, with all that it has open.
    """
    if isinstance(request.user, User) and request.user.pk != user.pk:
        auth.logout(request)
    auth.login(request, user)


def stay_signed_in(request: HttpRequest, user: User) -> None:
    """Keep the browser that the password was changed in signed in: Django's hash and key follow, and so does ours.

    Nothing to do for a request that came with a token.
    """
    if selectors.SID not in request.session:
        return
    auth.update_session_auth_hash(request, user)
    services.keep_web_session(sid=request.session[selectors.SID], store=request.session)
