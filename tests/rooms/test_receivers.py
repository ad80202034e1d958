"""What other apps tell, as live rooms hear it."""

from accounts.models import User
from accounts.services import disable, end_session, erase, issue_tokens, update_profile
from movies.models import Movie
from movies.signals import movie_failed, movie_ready
from rooms import chat, services
from rooms.models import Message, Room
from tests.rooms.conftest import Committed


def test_a_signed_out_device(committed: Committed, alice: User):
    session = issue_tokens(user=alice).session
    told = committed(lambda: end_session(by=alice, session=session))
    assert told == [("signed_out", str(session.pk))]


def test_a_disabled_account(committed: Committed, alice: User):
    assert ("user_signed_out", str(alice.pk), None) in committed(lambda: disable(by=None, user=alice))


def test_a_new_name(committed: Committed, alice: User):
    told = committed(lambda: update_profile(by=alice, changes={"display_name": "Alicia"}))
    assert told == [("profile_changed", str(alice.pk), "Alicia")]


def test_a_movie_that_is_ready(committed: Committed, alice: User, room: Room, private: Room, film: Movie):
    services.add_to_queue(by=alice, room=room, movie=film)
    told = committed(lambda: movie_ready.send(Movie, movie_id=str(film.pk), duration=61.5))
    assert told == [("item_changed", str(room.pk), str(film.pk), 61.5)]


def test_a_movie_that_failed(committed: Committed, alice: User, room: Room, film: Movie):
    services.add_to_queue(by=alice, room=room, movie=film)
    told = committed(lambda: movie_failed.send(Movie, movie_id=str(film.pk)))
    assert told == [("queue_changed", str(room.pk))]


def test_what_an_erased_account_said_stays_nameless(alice: User, bob_in: User, room: Room):
    chat.post_line(
        room_id=str(room.pk), user_id=str(bob_in.pk), name="Bob", participant_id="p", session="s", id="1", text="hi"
    )
    erase(by=bob_in, user=bob_in)

    line = Message.objects.get()
    assert (line.user_id, line.author_name, line.text) == (None, "Deleted account", "hi")


def test_a_notice_that_cannot_be_sent_undoes_nothing(
    bob_in: User, room: Room, monkeypatch, caplog, django_capture_on_commit_callbacks
):
    from sync import notices

    def broken(*_: object, **__: object) -> None:
        raise ConnectionError("no channel layer")

    monkeypatch.setattr(notices, "listening", True)
    monkeypatch.setattr(notices, "_publish", broken)
    with django_capture_on_commit_callbacks(execute=True):
        services.leave(by=bob_in, room=room)
    assert not room.memberships.filter(user=bob_in, state="active").exists()
    assert "no channel layer" in caplog.text
