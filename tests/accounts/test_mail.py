"""Mail goes by the worker: to files when embedded, by SMTP where EMAIL_URL says so."""

import email
import email.policy
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from django.core.management import CommandError, call_command
from django.db import transaction
from environ import FileAwareEnv
from huey.contrib.djhuey import HUEY

from accounts import mail
from accounts.letters import compose
from tests.live import free_port


class Mailbox:
    """An SMTP server's handler. ``answer`` is what it says to each mail."""

    def __init__(self):
        self.envelopes, self.answer, self.to_answer = [], "250 OK", "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.to_answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.to_answer

    async def handle_DATA(self, server, session, envelope):
        if self.answer.startswith("250"):
            self.envelopes.append(envelope)
        return self.answer

    def letters(self):
        return [email.message_from_bytes(one.content, policy=email.policy.default) for one in self.envelopes]


@pytest.fixture
def smtp(settings):
    """A real mail server, and the settings that EMAIL_URL makes of its address."""
    box, port = Mailbox(), free_port()
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    for name, value in FileAwareEnv.email_url_config(f"smtp://127.0.0.1:{port}").items():
        setattr(settings, name, value)
    yield box
    server.stop()


@pytest.fixture
def queue():
    """The worker's queue as it really is, empty before and after; ``run()`` does what one look of the worker does."""
    HUEY.immediate = False
    HUEY.flush()
    yield HUEY
    HUEY.flush()
    HUEY.immediate = True


def work_off(queue):
    while (task := queue.dequeue()) is not None:
        queue.execute(task)


@pytest.mark.django_db(transaction=True)
def test_it_goes_out_by_smtp_from_the_worker(smtp, queue):
    with transaction.atomic():
        mail.send("test", "alice@example.org", {})
        assert len(queue) == 0
    assert len(queue) == 1
    assert smtp.envelopes == []

    work_off(queue)

    [letter] = smtp.letters()
    assert smtp.envelopes[0].rcpt_tos == ["alice@example.org"]
    assert letter["Subject"] == "Mail from WatchParty works"
    assert letter["From"] == "WatchParty <watchparty@localhost>"
    assert [part.get_content_type() for part in letter.iter_parts()] == ["text/plain", "text/html"]


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_mails_nobody(queue):
    with transaction.atomic():
        mail.send("test", "alice@example.org", {})
        transaction.set_rollback(True)

    assert len(queue) == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("answer", "tries_left"), [("451 later", 8), ("552 never", 0)])
def test_a_server_that_is_busy_is_asked_again_and_one_that_refuses_is_not(smtp, queue, answer, tries_left):
    smtp.answer = answer
    mail.send("test", "alice@example.org", {})
    work_off(queue)

    assert len(queue.scheduled()) == (1 if tries_left else 0)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("answer", "again"), [("450 greylisted", 1), ("550 no such user", 0)])
def test_the_same_for_a_recipient(smtp, queue, answer, again):
    smtp.to_answer = answer
    mail.send("test", "alice@example.org", {})
    work_off(queue)

    assert len(queue.scheduled()) == again


@pytest.mark.django_db(transaction=True)
def test_a_server_that_is_down_is_asked_again(settings, queue):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    mail.send("test", "alice@example.org", {})
    work_off(queue)

    assert len(queue.scheduled()) == 1


def test_a_name_with_a_line_break_adds_no_header(alice):
    alice.display_name = "Al\r\nBcc: all@example.org <b>"
    letter = compose("reset", {"user": alice, "url": "https://x.example/?a=1&b=2"})

    assert "\n" not in letter.subject
    assert "https://x.example/?a=1&b=2" in letter.text
    assert "<b>" in letter.text
    assert "<b>" not in letter.html
    assert "a=1&amp;b=2" in letter.html


@pytest.fixture
def folder(settings, tmp_path):
    """Mail as it is written without EMAIL_URL."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    return tmp_path / "mail"


def test_it_is_written_to_files_when_embedded(db, folder, committed):
    with committed():
        mail.send("test", "alice@example.org", {})

    [written] = folder.iterdir()
    assert "To: alice@example.org" in written.read_text()


def test_send_test_email_says_where_it_went(folder, capsys):
    call_command("send_test_email", "alice@example.org")

    assert capsys.readouterr().out == f"Sent to alice@example.org through files in {folder}.\n"
    assert len(list(folder.iterdir())) == 1


def test_send_test_email_by_smtp(smtp, capsys):
    call_command("send_test_email", "alice@example.org")

    assert len(smtp.envelopes) == 1
    assert "through 127.0.0.1:" in capsys.readouterr().out


@pytest.mark.parametrize("reason", ["nothing listens", "refused"])
def test_send_test_email_fails_with_a_hint(settings, smtp, reason):
    if reason == "refused":
        smtp.answer = "554 no"
    else:
        settings.EMAIL_PORT = free_port()

    with pytest.raises(CommandError, match="EMAIL_URL"):
        call_command("send_test_email", "alice@example.org")


@pytest.mark.parametrize("address", ["alice", "a@example.org,b@example.org", ""])
def test_send_test_email_wants_one_address(folder, address):
    with pytest.raises(CommandError, match="no mail address"):
        call_command("send_test_email", address)
    assert not Path(folder).exists()
