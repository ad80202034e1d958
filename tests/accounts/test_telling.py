"""What follows a commit may fail: the change stands, and the log says what failed."""

import logging

import pytest

from accounts import mail, signals, tasks
from accounts.models import Session, User
from accounts.services import disable, end_session, issue_tokens, update_profile


def broken(**rest):
    raise OSError("nobody answers")


@pytest.fixture(params=["session_ended", "user_disabled", "profile_changed"])
def deaf(request):
    """One of the signals has a receiver that fails."""
    signal = getattr(signals, request.param)
    signal.connect(broken)
    yield request.param
    signal.disconnect(broken)


def test_it_works(alice, committed, deaf, caplog):
    session = issue_tokens(user=alice).session
    with caplog.at_level(logging.ERROR), committed():
        if deaf == "session_ended":
            end_session(by=alice, session=session)
        elif deaf == "user_disabled":
            disable(by=None, user=alice)
        else:
            update_profile(by=alice, changes={"display_name": "Al"})

    changed = {
        "session_ended": not Session.objects.live().exists(),
        "user_disabled": not User.objects.get(pk=alice.pk).is_active,
        "profile_changed": User.objects.get(pk=alice.pk).display_name == "Al",
    }
    assert changed[deaf]
    assert "nobody answers" in caplog.text


def test_a_mail_that_cannot_be_queued(db, committed, caplog, monkeypatch):
    monkeypatch.setattr(tasks, "deliver", lambda *letter: broken())
    with committed():
        mail.send("verify", "a@example.org", {"url": "http://x/", "name": "Al"})

    assert "nobody answers" in caplog.text
