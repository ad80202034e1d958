from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from accounts.models import User
from rooms import services
from rooms.models import Invite, Membership, Room
from tests.rooms.conftest import Api, fields
from watchparty.errors import NotFound


def make(api: Api, user: User, room: Room, **body: object) -> dict[str, str]:
    answer = api(user).post(f"/api/v1/rooms/{room.code}/invites/", body)
    assert answer.status_code == 201, answer.json()
    made: dict[str, str] = answer.json()
    return made


def test_it_works(api: Api, alice: User, bob: User, private: Room):
    made = make(api, alice, private)
    assert made["url"] == f"http://testserver/i/{made['token']}/"

    seen = api().get(f"/api/v1/invites/{made['token']}/").json()
    assert (seen["room"]["name"], seen["room"]["code"]) == ("Just us", private.code)
    assert seen["invited_by"]["name"] == "Alice"

    joined = api(bob).post(f"/api/v1/invites/{made['token']}/accept/")
    assert joined.status_code == 200
    assert (joined.json()["code"], joined.json()["role"]) == (private.code, "member")


def test_the_token_is_told_once_and_kept_hashed(api: Api, alice: User, room: Room):
    made = make(api, alice, room, max_uses=3)

    listed = api(alice).get(f"/api/v1/rooms/{room.code}/invites/").json()["results"]
    assert [(one["id"], one["max_uses"], one["uses"]) for one in listed] == [(made["id"], 3, 0)]
    assert "token" not in listed[0]
    assert "url" not in listed[0]
    assert made["token"] not in str(Invite.objects.values())


def test_a_password_is_not_asked_for(api: Api, alice: User, bob: User, room: Room):
    services.change_room(by=alice, room=room, password="sesame")
    token = make(api, alice, room)["token"]

    assert api(bob).post(f"/api/v1/invites/{token}/accept/").status_code == 200


def test_who_is_in_already_costs_no_use(api: Api, alice: User, bob_in: User, room: Room):
    token = make(api, alice, room, max_uses=1)["token"]

    assert api(bob_in).post(f"/api/v1/invites/{token}/accept/").status_code == 200
    assert Invite.objects.get().uses == 0


def test_who_does_not_fit_in_costs_no_use(api: Api, alice: User, bob: User, room: Room):
    services.change_room(by=alice, room=room, capacity=1)
    token = make(api, alice, room, max_uses=1)["token"]

    assert api(bob).post(f"/api/v1/invites/{token}/accept/").status_code == 409
    assert Invite.objects.get().uses == 0


def test_unusable_ones_look_the_same(api: Api, alice: User, bob: User, charlie: User, room: Room):
    expired = make(api, alice, room)["token"]
    Invite.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    revoked = make(api, alice, room)
    assert api(alice).delete(f"/api/v1/rooms/{room.code}/invites/{revoked['id']}/").status_code == 204
    used_up = make(api, alice, room, max_uses=1)["token"]
    assert api(charlie).post(f"/api/v1/invites/{used_up}/accept/").status_code == 200
    of_a_closed_room = services.create_room(by=alice, name="Closed")
    closed = make(api, alice, of_a_closed_room)["token"]
    services.close_room(by=alice, room=of_a_closed_room)

    answers = []
    for token in (expired, revoked["token"], used_up, closed, "unknown", "x" * 500):
        answers.append(api().get(f"/api/v1/invites/{token}/"))
        answers.append(api(bob).post(f"/api/v1/invites/{token}/accept/"))
        guest = {"invite": token[:100], "display_name": "Gus"}
        answers.append(api().post("/api/v1/auth/guest/", guest))
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert not Membership.objects.filter(user=bob).exists()


def test_a_revoked_one_is_revoked(api: Api, alice: User, room: Room):
    made = make(api, alice, room)
    path = f"/api/v1/rooms/{room.code}/invites/{made['id']}/"

    assert api(alice).delete(path).status_code == 204
    assert api(alice).delete(path).status_code == 404
    assert api(alice).get(f"/api/v1/rooms/{room.code}/invites/").json()["results"] == []


def test_it_expires_after_a_week_unless_told(api: Api, alice: User, room: Room):
    def lasts(**body: object) -> timedelta | None:
        make(api, alice, room, **body)
        invite = Invite.objects.latest("created_at")
        return invite.expires_at - invite.created_at if invite.expires_at else None

    minute = timedelta(minutes=1)
    assert abs((lasts() or minute) - timedelta(days=7)) < minute
    assert abs((lasts(expires_in=3600) or minute) - timedelta(hours=1)) < minute
    assert lasts(expires_in=None) is None


def test_it_is_mailed(
    api: Api,
    alice: User,
    room: Room,
    settings: Settings,
    mailoutbox: list[mail.EmailMessage],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
):
    settings.PUBLIC_URL = "https://party.example"
    with django_capture_on_commit_callbacks(execute=True):
        made = make(api, alice, room, email="dora@example.org")

    [sent] = mailoutbox
    assert sent.to == ["dora@example.org"]
    assert sent.subject == "Alice invites you to Movie night"
    assert f"https://party.example/i/{made['token']}/" in sent.body


def test_a_moderator_invites(api: Api, alice: User, bob_in: User, room: Room):
    services.change_role(by=alice, room=room, user=bob_in, role="moderator")
    make(api, bob_in, room)


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_member_does_not(api: Api, bob_in: User, charlie: User, room: Room, method: str):
    assert getattr(api(bob_in), method)(f"/api/v1/rooms/{room.code}/invites/").status_code == 403
    assert getattr(api(charlie), method)(f"/api/v1/rooms/{room.code}/invites/").status_code == 403


def test_nobody_accepts_without_an_account(api: Api, alice: User, room: Room):
    assert api().post(f"/api/v1/invites/{make(api, alice, room)['token']}/accept/").status_code == 401


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": "a@x,b@y"}, "email"),
        ({"email": "nobody"}, "email"),
        ({"email": 3}, "email"),
        ({"max_uses": 0}, "max_uses"),
        ({"max_uses": "many"}, "max_uses"),
        ({"max_uses": 10**30}, "max_uses"),
        ({"expires_in": 0}, "expires_in"),
        ({"expires_in": "NaN"}, "expires_in"),
        ({"expires_in": 1e300}, "expires_in"),
        ({"expires_in": {}}, "expires_in"),
    ],
)
def test_nonsense_is_named(api: Api, alice: User, room: Room, body: object, field: str):
    answer = api(alice).post(f"/api/v1/rooms/{room.code}/invites/", body)

    assert answer.status_code == 400
    assert fields(answer.json()) == [field]


def test_tokens_are_not_guessed_at_leisure(api: Api, alice: User, bob: User, room: Room, settings: Settings):
    token = make(api, alice, room)["token"]
    settings.RATE_LIMIT_INVITE = "3/hour"

    tries = [api().get(f"/api/v1/invites/guess{number}/").status_code for number in range(4)]
    assert tries == [404, 404, 404, 429]
    assert api().get(f"/api/v1/invites/{token}/").status_code == 429
    # Counted by who asks: Bob hasn't guessed, though he sits behind the same address.
    assert api(bob).get(f"/api/v1/invites/{token}/").status_code == 200


def test_a_whole_party_comes_from_one_address(api: Api, alice: User, room: Room, settings: Settings):
    token = make(api, alice, room)["token"]
    settings.RATE_LIMIT_INVITE = "3/hour"

    assert {api().get(f"/api/v1/invites/{token}/").status_code for _ in range(10)} == {200}


def test_invites_are_not_made_without_end(api: Api, alice: User, room: Room, settings: Settings):
    settings.RATE_LIMIT_INVITE = "2/hour"
    client, path = api(alice), f"/api/v1/rooms/{room.code}/invites/"

    assert [client.post(path, {}).status_code for _ in range(3)] == [201, 201, 429]


@pytest.mark.django_db(transaction=True)
def test_one_use_lets_exactly_one_in(alice: User, room: Room):
    _invite, token = services.create_invite(by=alice, room=room, max_uses=1)
    people = [User.objects.create_user(f"person{number}") for number in range(20)]

    def rush(user: User) -> bool:
        try:
            services.accept_invite(by=user, token=token, asker=str(user.pk))
        except NotFound:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(rush, people)) == 1
    assert Invite.objects.get().uses == 1
    assert Membership.objects.filter(room=room).count() == 2
