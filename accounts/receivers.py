"""What follows from Django's own sign-in, and from changes made elsewhere than in our services."""

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.http import HttpRequest

from accounts import selectors, services
from accounts.addresses import client_address
from accounts.models import Session, User


@receiver(user_logged_in)
def remember_the_browser(sender: object, request: HttpRequest, user: User, **kwargs: Any) -> None:
    services.open_web_session(
        user=user,
        store=request.session,
        user_agent=request.META.get("HTTP_USER_AGENT", ""),
        ip=client_address(request),
    )


@receiver(user_logged_out)
def forget_the_browser(sender: object, request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    sid = selectors.sid_of(request)
    session = Session.objects.live().filter(pk=sid, user=user).first() if sid and user else None
    if session is not None:
        services.end_session(by=session.user, session=session)


@receiver(post_save, sender=User)
def hold_to_what_was_saved(sender: object, instance: User, created: bool, raw: bool, **kwargs: Any) -> None:
    """The admin and ``manage.py changepassword`` save users themselves: who may no longer be in is out all the same.

    Of a new password Django tells its web sessions itself, by a hash in each; the tokens are ours to end.
    """
    if created or raw:
        return
    if not instance.is_active:
        services.shut_out(user=instance, by=None, reason="disabled")
    elif getattr(instance, "_password", None) is not None:  # Django's own mark of a password just set
        services.end_app_sessions(user=instance)
