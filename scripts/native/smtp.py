"""A mail server that delivers nothing: aiosmtpd, which puts each mail into a Maildir."""

import smtplib
import sys
from pathlib import Path

from scripts.native.ports import LOOPBACK
from scripts.native.service import ROOT, Service, Unavailable, site_packages


class Smtp(Service):
    name = "smtp"

    @property
    def mails(self) -> Path:
        """A Maildir; what came in lies in its folder `new`, one file a mail."""
        return self.data / "mail"

    def settings(self) -> dict[str, str]:
        return {"EMAIL_URL": f"smtp://{LOOPBACK}:{self.port}"}

    def command(self) -> list[str]:
        package = site_packages("aiosmtpd")
        if package is None:
            raise Unavailable("the package aiosmtpd is missing: call make .venv/.dev, which installs it.")
        within = package.is_relative_to(sys.prefix)
        python = sys.executable if within else str(ROOT / ".venv" / "bin" / "python")
        listen = ["--nosetuid", "--listen", f"{LOOPBACK}:{self.port}"]
        return [python, "-m", "aiosmtpd", *listen, "--class", "aiosmtpd.handlers.Mailbox", str(self.mails)]

    def answers(self) -> bool:
        try:
            with smtplib.SMTP(LOOPBACK, self.port, timeout=2) as session:
                return session.noop()[0] == 250
        except (OSError, smtplib.SMTPException):
            return False
