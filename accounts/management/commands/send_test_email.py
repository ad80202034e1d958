"""``manage.py send_test_email ADDRESS``: does mail go out with these settings?"""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email

from accounts.letters import compose


class Command(BaseCommand):
    help = "Send one mail to ADDRESS now, not by the worker, and say where it went."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("address", metavar="ADDRESS")

    def handle(self, *args: Any, **options: Any) -> None:
        address: str = options["address"]
        try:
            validate_email(address)
        except ValidationError:
            raise CommandError(f"{address!r} is no mail address. Give one, as in alice@example.org.") from None
        letter = compose("test", {})
        mail = EmailMultiAlternatives(subject=letter.subject, body=letter.text, to=[address])
        mail.attach_alternative(letter.html, "text/html")
        try:
            mail.send()
        except OSError as error:  # smtplib's own errors are OSErrors too
            raise CommandError(f"No mail was sent through {_way()}: {error}\n{_hint()}") from error
        self.stdout.write(f"Sent to {address} through {_way()}.")


def _by_files() -> bool:
    return settings.EMAIL_BACKEND.endswith("filebased.EmailBackend")


def _way() -> str:
    if _by_files():
        return f"files in {settings.EMAIL_FILE_PATH}"
    if settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
        return f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    return str(settings.EMAIL_BACKEND)


def _hint() -> str:
    if _by_files():
        return "The folder must be writable. EMAIL_URL sends real mail instead."
    return "Look at EMAIL_URL, as in smtp+tls://user:password@mail.example.org:587, and DEFAULT_FROM_EMAIL."
