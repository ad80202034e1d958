"""Going on to the next movie: pressed, voted for, and what remains in the history."""

import pytest

from accounts.models import User
from movies.models import Movie
from rooms import services
from rooms.models import Room, Watched
from sync.store import Entry
from tests.rooms.conftest import Api, Committed, fields


@pytest.fixture
def films(alice: User, room: Room) -> list[Movie]:
    made = [Movie.objects.create(owner=alice, title=f"Part {n}", status="ready", duration=60.0 + n) for n in range(3)]
    for film in made:
        services.add_to_queue(by=alice, room=room, movie=film)
    return made


def path(room: Room, last: str) -> str:
    return f"/api/v1/rooms/{room.code}/{last}/"


def started(seq: int, film: Movie, user: User | None = None) -> Entry:
    return Entry(seq, 1.0, "play", None, str(user.pk) if user else None, None, 0.0, item=str(film.pk))


@pytest.mark.django_db(transaction=True)
def test_it_works(api: Api, alice: User, room: Room, films: list[Movie]):
    """Pressed by two people at once it goes on by one."""
    client = api(alice)
    client.post(path(room, "commands"), {"type": "load", "item": str(films[0].pk)})
    first = client.post(path(room, "queue/next"), {"after": str(films[0].pk)})
    second = client.post(path(room, "queue/next"), {"after": str(films[0].pk)})
    assert first.status_code == second.status_code == 200
    assert first.json()["item"] == str(films[1].pk)
    assert second.json() == first.json()
    for command in ({"type": "play"}, {"type": "pause"}, {"type": "play"}):
        client.post(path(room, "commands"), command)
    (watched,) = client.get(path(room, "history")).json()["results"]
    assert (watched["title"], watched["started_by"]["id"]) == ("Part 1", str(alice.pk))


def test_what_cannot_be_played_is_passed_over(api: Api, alice: User, room: Room, films: list[Movie]):
    Movie.objects.filter(pk=films[1].pk).update(status=Movie.Status.PROCESSING)
    last = api(alice).post(path(room, "queue/next"), {"after": str(films[2].pk)})
    assert (last.status_code, fields(last.json())) == (404, ["after"])
    client = api(alice)
    client.post(path(room, "commands"), {"type": "load", "item": str(films[0].pk)})
    assert client.post(path(room, "queue/next"), {"after": str(films[0].pk)}).json()["item"] == str(films[2].pk)


def test_who_may_not_control_may_not_go_on(api: Api, alice: User, bob_in: User, room: Room, films: list[Movie]):
    services.change_room(by=alice, room=room, control="host")
    assert api(bob_in).post(path(room, "queue/next"), {"after": str(films[0].pk)}).status_code == 403


def test_a_vote_is_told_to_the_live_room(
    api: Api, alice: User, bob_in: User, room: Room, films: list[Movie], committed: Committed
):
    services.change_room(by=alice, room=room, skip_votes=True)
    ask = {"movie": str(films[0].pk)}
    heard = committed(lambda: api(bob_in).post(path(room, "queue/skip"), ask))
    assert heard == [("skip_voted", str(room.pk), str(bob_in.pk), str(films[0].pk), True)]
    heard = committed(lambda: api(bob_in).post(path(room, "queue/skip"), {**ask, "wanted": False}))
    assert heard == [("skip_voted", str(room.pk), str(bob_in.pk), str(films[0].pk), False)]


def test_votes_are_refused(api: Api, alice: User, bob_in: User, charlie: User, room: Room, films: list[Movie]):
    ask = {"movie": str(films[0].pk)}
    assert api(bob_in).post(path(room, "queue/skip"), ask).json()["code"] == "no_votes"
    services.change_room(by=alice, room=room, skip_votes=True)
    assert api(charlie).post(path(room, "queue/skip"), ask).status_code == 403
    other = Movie.objects.create(owner=alice, title="Elsewhere", status="ready")
    assert api(bob_in).post(path(room, "queue/skip"), {"movie": str(other.pk)}).status_code == 404


def test_the_history_takes_a_repeat_once_and_outlives_the_movie(
    api: Api, alice: User, bob_in: User, charlie: User, room: Room, films: list[Movie]
):
    entries = [(str(room.pk), started(1, films[0], alice)), (str(room.pk), started(2, films[1]))]
    for _ in range(2):
        services.remember_plays(entries)
    films[0].delete()
    shown = api(bob_in).get(path(room, "history")).json()["results"]
    assert [(one["title"], one["movie"]) for one in shown] == [("Part 1", str(films[1].pk)), ("Part 0", None)]
    assert api(charlie).get(path(room, "history")).status_code == 403


def test_the_history_is_bounded(monkeypatch: pytest.MonkeyPatch, room: Room, films: list[Movie]):
    monkeypatch.setattr("rooms.services.queue.REMEMBERED", 2)
    services.remember_plays([(str(room.pk), started(seq, films[seq % 3])) for seq in range(1, 6)])
    assert list(Watched.objects.filter(room=room).values_list("seq", flat=True)) == [5, 4]


def test_what_is_gone_is_not_remembered(room: Room, films: list[Movie], alice: User):
    gone = Movie(title="Gone", owner=alice)
    services.remember_plays([(str(room.pk), started(1, gone)), (str(gone.pk), started(2, films[0]))])
    assert not Watched.objects.exists()


def test_a_line_said_by_rest(api: Api, bob_in: User, charlie: User, room: Room, committed: Committed):
    ask = {"text": " hello <b>there</b>", "id": "a"}
    answers = []
    heard = committed(lambda: answers.append(api(bob_in).post(path(room, "messages"), ask)))
    assert heard == [("chat_posted", str(room.pk), 1)]
    assert answers[0].status_code == 201
    assert (answers[0].json()["text"], answers[0].json()["by"]["user"]) == (" hello <b>there</b>", str(bob_in.pk))
    assert committed(lambda: answers.append(api(bob_in).post(path(room, "messages"), ask))) == []
    assert answers[1].json() == answers[0].json()
    assert api(bob_in).post(path(room, "messages"), {"text": "x" * 2001}).status_code == 400
    assert api(charlie).post(path(room, "messages"), ask).status_code == 403


def test_lines_by_rest_are_limited(api: Api, bob_in: User, room: Room, settings):
    settings.RATE_LIMIT_CHAT = "1/minute"
    client = api(bob_in)
    assert client.post(path(room, "messages"), {"text": "one"}).status_code == 201
    refused = client.post(path(room, "messages"), {"text": "two"})
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 60
