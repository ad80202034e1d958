"""Work for ``manage.py run_huey``."""

from smtplib import SMTPRecipientsRefused, SMTPResponseException

from django.core.mail import EmailMultiAlternatives
from huey.contrib.djhuey import db_task, task
from huey.exceptions import CancelExecution

from accounts import links, selectors
from accounts.letters import Letter, compose

# Nine tries over about four hours: 30 s, 1 min, 2 min, … apart.
RETRIES = {"retries": 8, "retry_delay": 30, "retry_backoff": 2}


@task(**RETRIES)  # type: ignore[untyped-decorator]  # huey has no types
def deliver(to: str, subject: str, text: str, html: str) -> None:
    """Hand one mail to the mail server. What it refuses for good is not tried again."""
    mail = EmailMultiAlternatives(subject=subject, body=text, to=[to])
    mail.attach_alternative(html, "text/html")
    try:
        mail.send()
    except SMTPRecipientsRefused as error:
        if all(code >= 500 for code, _ in error.recipients.values()):
            raise CancelExecution(retry=False) from error
        raise
    except SMTPResponseException as error:
        if error.smtp_code >= 500:
            raise CancelExecution(retry=False) from error
        raise


@db_task(**RETRIES)  # type: ignore[untyped-decorator]
def mail_reset_link(address: str, origin: str) -> None:
    """Whether anybody has the address is looked up here, so that the one who asked can't tell by the clock."""
    user = selectors.user_by_email(address)
    if user is None or not user.is_active or user.is_guest or not user.email:
        return
    letter: Letter = compose("reset", {"user": user, "url": links.reset_page(user, origin=origin)})
    deliver(user.email, *letter)
