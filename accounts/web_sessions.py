"""What a browser's Django session needs when its user's password changes."""

from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest

from accounts import selectors, services
from accounts.models import User


def stay_signed_in(request: HttpRequest, user: User) -> None:
    """Keep the browser that the password was changed in signed in: Django's hash and key follow, and so does ours.

    Nothing to do for a request that came with a token.
    """
    if selectors.SID not in request.session:
        return
    update_session_auth_hash(request, user)
    services.keep_web_session(sid=request.session[selectors.SID], store=request.session)
