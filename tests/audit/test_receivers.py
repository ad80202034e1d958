"""Every signal that the apps declare becomes a fact, in the transaction of the change itself."""

from collections.abc import Callable
from contextlib import suppress
from types import ModuleType

import pytest
from django.db import transaction
from django.dispatch import Signal

import accounts.signals
import movies.signals
import rooms.signals
from accounts import exports
from accounts import services as people
from accounts.models import User
from audit.facts import Fact
from audit.models import OutboxEvent
from audit.receivers.hearing import heard
from audit.services import record
from movies import services as films
from movies.models import Movie
from rooms import services
from tests.live import PASSWORD
from watchparty.errors import DomainError, NotAuthenticated

Facts = Callable[[], list[str]]

NOT_AUDITED = {
    # The same changes, told after the commit for the sockets.
    accounts.signals.session_ended,
    accounts.signals.user_disabled,
    # No more than a name that people see.
    accounts.signals.profile_changed,
    # member_joined says it, with the role guest.
    rooms.signals.guest_admitted,
}


@pytest.mark.parametrize(
    "module", [accounts.signals, rooms.signals, movies.signals], ids=lambda module: module.__name__
)
def test_every_signal_has_a_fact(module: ModuleType) -> None:
    declared = {name: signal for name, signal in vars(module).items() if isinstance(signal, Signal)}
    assert declared
    missing = [name for name, signal in declared.items() if signal not in heard and signal not in NOT_AUDITED]
    assert not missing, f"Add a receiver in audit/receivers/{module.__name__.split('.')[0]}.py for {missing}"


def test_none_is_heard_that_is_said_not_to_be() -> None:
    assert not NOT_AUDITED & set(heard)


def test_an_evening(alice: User, bob: User, charlie: User, facts: Facts) -> None:
    """Who did what, to whom, where; in order."""
    room = services.create_room(by=alice, name="Friday", visibility="public")
    services.change_room(by=alice, room=room, control="host", name="Saturday")
    invite, token = services.create_invite(by=alice, room=room, max_uses=1)
    services.accept_invite(by=bob, token=token, asker=str(bob.pk))
    services.change_role(by=alice, room=room, user=bob, role="moderator")
    services.join(by=charlie, room=room)
    services.kick(by=bob, room=room, user=charlie)
    services.ban(by=bob, room=room, user=charlie)
    services.unban(by=alice, room=room, user=charlie)
    services.leave(by=bob, room=room)
    services.revoke_invite(by=alice, invite=invite)
    services.close_room(by=alice, room=room)
    assert facts() == [
        Fact.ROOM_CREATED,
        Fact.ROOM_CHANGED,
        Fact.INVITE_CREATED,
        Fact.MEMBER_JOINED,
        Fact.INVITE_ACCEPTED,
        Fact.MEMBER_ROLE_CHANGED,
        Fact.MEMBER_JOINED,
        Fact.MEMBER_KICKED,
        Fact.MEMBER_BANNED,
        Fact.MEMBER_UNBANNED,
        Fact.MEMBER_LEFT,
        Fact.INVITE_REVOKED,
        Fact.ROOM_CLOSED,
    ]
    assert set(OutboxEvent.objects.values_list("room", flat=True)) == {room.pk}
    kick = OutboxEvent.objects.get(fact=Fact.MEMBER_KICKED)
    assert (kick.actor, kick.subject) == (bob.pk, str(charlie.pk))
    role = OutboxEvent.objects.get(fact=Fact.MEMBER_ROLE_CHANGED)
    assert role.data == {"role": "moderator", "before": "member"}
    changed = OutboxEvent.objects.get(fact=Fact.ROOM_CHANGED)
    assert changed.data == {"changed": ["control", "name"]}


def test_an_account(db: None, facts: Facts) -> None:
    dora = people.register(username="dora", email="dora@example.org", password=PASSWORD)
    tokens = people.issue_tokens(user=dora, kind="api", user_agent="tests", ip="192.0.2.1")
    with pytest.raises(NotAuthenticated):
        people.sign_in(username="dora", password="wrong")
    with pytest.raises(NotAuthenticated):
        people.sign_in(username="hunter2", password="hunter2")
    people.change_password(by=dora, old=PASSWORD, new="a brand new horse", keep=str(tokens.session.pk))
    people.log_out(tokens.refresh)
    people.disable(by=None, user=dora)
    people.enable(by=None, user=dora)
    people.erase(by=dora, user=dora)
    assert facts() == [
        Fact.USER_REGISTERED,
        Fact.USER_SIGNED_IN,
        Fact.USER_SIGN_IN_FAILED,
        Fact.USER_SIGN_IN_FAILED,
        Fact.USER_PASSWORD_CHANGED,
        Fact.SESSION_ENDED,
        Fact.USER_DISABLED,
        Fact.USER_ENABLED,
        Fact.USER_ERASED,
    ]


def test_nothing_personal_is_kept(db: None) -> None:
    dora = people.register(username="dora", email="dora@example.org", password=PASSWORD, display_name="Dora Smith")
    people.issue_tokens(user=dora, kind="api", user_agent="Phone", ip="192.0.2.1")
    with pytest.raises(NotAuthenticated):
        people.sign_in(username="dora@example.org", password="hunter2")
    room = services.create_room(by=dora, name="Secret", visibility="private", password="sesame")
    services.change_room(by=dora, room=room, name="Top secret", password="open")
    services.create_invite(by=dora, room=room, email="friend@example.org")
    Movie.objects.create(owner=dora, title="Wedding", original_name="wedding.mp4")
    kept = str(list(OutboxEvent.objects.values("subject", "data")))
    for word in ("dora", "Smith", "example.org", "192.0.2.1", "Phone", "hunter2", "ecret", "sesame", "open", "edding"):
        assert word not in kept


def test_movies(alice: User, facts: Facts) -> None:
    movie = Movie.objects.create(owner=alice, title="Clip", status="ready")
    room = services.create_room(by=alice, name="Friday")
    entry = services.add_to_queue(by=alice, room=room, movie=movie)
    services.move_in_queue(by=alice, entry=entry, position=0)
    services.remove_from_queue(by=alice, entry=entry)
    films.rename(by=alice, movie=movie, title="Film")
    movies.signals.poster_replaced.send(Movie, movie=movie, by=alice)
    films.delete(by=alice, movie=movie)
    assert facts() == [
        Fact.ROOM_CREATED,
        Fact.QUEUE_ADDED,
        Fact.QUEUE_MOVED,
        Fact.QUEUE_REMOVED,
        Fact.MOVIE_RENAMED,
        Fact.MOVIE_POSTER_REPLACED,
        Fact.MOVIE_DELETED,
    ]


def test_the_workers_part(alice: User, facts: Facts) -> None:
    for signal in (movies.signals.movie_created, movies.signals.movie_ready, movies.signals.movie_failed):
        movie = Movie.objects.create(owner=alice, title="Clip", size=5)
        signal.send(Movie, movie=movie, by=alice, movie_id=str(movie.pk), duration=1.5)
    assert facts() == [Fact.MOVIE_UPLOADED, Fact.MOVIE_READY, Fact.MOVIE_FAILED]
    assert list(OutboxEvent.objects.order_by("number").values_list("actor", flat=True)) == [alice.pk, None, None]


def test_a_guest_and_a_removed_line(alice: User, facts: Facts) -> None:
    from rooms.models import Message

    room = services.create_room(by=alice, name="Friday")
    _invite, token = services.create_invite(by=alice, room=room)
    guest, _room = services.admit_guest(token=token, display_name="Gustav", address="192.0.2.1")
    Message.objects.create(room=room, chat_seq=7, user=guest, author_name="Gustav", text="Rude")
    services.delete_message(by=alice, room=room, chat_seq=7)
    assert facts()[2:] == [
        Fact.USER_REGISTERED,
        Fact.MEMBER_JOINED,
        Fact.INVITE_ACCEPTED,
        Fact.MESSAGE_DELETED,
    ]
    removed = OutboxEvent.objects.get(fact=Fact.MESSAGE_DELETED)
    assert (removed.actor, removed.subject, removed.data) == (alice.pk, str(guest.pk), {"chat_seq": 7})


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_rolled_back_leaves_no_fact(alice: User, facts: Facts) -> None:
    with transaction.atomic():
        services.create_room(by=alice, name="Friday")
        transaction.set_rollback(True)
    assert facts() == []


@pytest.mark.django_db(transaction=True)
def test_a_change_without_its_fact_does_not_happen(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    from rooms.models import Room

    def broken(*rest: object) -> None:
        raise RuntimeError("no audit")

    monkeypatch.setattr("audit.services.insert_event", broken)
    with pytest.raises(RuntimeError):
        services.create_room(by=alice, name="Friday")
    assert not Room.objects.exists()
    # Nor where somebody takes no notice.
    with transaction.atomic():
        Room.objects.create(owner=alice, code="friday")
        with suppress(RuntimeError):
            record(fact=Fact.ROOM_CLOSED, by=None)
    assert not Room.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_failed_sign_in_is_kept_though_nothing_else_is(alice: User, facts: Facts) -> None:
    with pytest.raises(NotAuthenticated):
        people.sign_in(username="alice", password="wrong")
    assert facts() == [Fact.USER_SIGN_IN_FAILED]
    assert OutboxEvent.objects.get().data == {"reason": "wrong_password"}


@pytest.mark.django_db(transaction=True)
def test_a_refusal_leaves_no_fact(alice: User, bob: User, facts: Facts) -> None:
    room = services.create_room(by=alice, name="Friday", visibility="public")
    with pytest.raises(DomainError):
        services.kick(by=bob, room=room, user=alice)
    assert facts() == [Fact.ROOM_CREATED]


def test_a_profile_an_export_and_a_device_that_stays(alice: User, facts: Facts) -> None:
    people.update_profile(by=alice, changes={"display_name": "Al"})
    exports.everything_about(alice, by=alice)
    tokens = people.issue_tokens(user=alice)
    people.rotate(tokens.refresh)
    assert facts() == [Fact.USER_PROFILE_CHANGED, Fact.USER_EXPORTED, Fact.USER_SIGNED_IN, Fact.SESSION_REFRESHED]
    assert OutboxEvent.objects.get(fact=Fact.USER_PROFILE_CHANGED).data == {"changed": ["display_name"]}
