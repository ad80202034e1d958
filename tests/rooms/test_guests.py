import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from rooms import services
from rooms.models import Invite, Room
from tests.rooms.conftest import Api, fields


@pytest.fixture
def token(alice: User, private: Room) -> str:
    return services.create_invite(by=alice, room=private, max_uses=2)[1]


def test_it_works(api: Api, private: Room, token: str):
    answer = api().post("/api/v1/auth/guest/", {"invite": token, "display_name": "Gus"})

    assert answer.status_code == 201
    made = answer.json()
    assert (made["user"]["name"], made["user"]["is_guest"], made["room"]) == ("Gus", True, private.code)
    guest = api()
    guest.credentials(HTTP_AUTHORIZATION=f"Bearer {made['access']}")
    assert guest.get(f"/api/v1/rooms/{private.code}/").json()["role"] == "guest"
    assert Invite.objects.get().uses == 1
    assert api().post("/api/v1/auth/token/refresh/", {"refresh": made["refresh"]}).status_code == 200


def test_a_bad_token_of_before_does_not_matter(api: Api, token: str):
    stale = api()
    stale.credentials(HTTP_AUTHORIZATION="Bearer long.gone.token")

    assert stale.post("/api/v1/auth/guest/", {"invite": token, "display_name": "Gus"}).status_code == 201


def test_a_room_may_take_none(api: Api, alice: User, private: Room, token: str):
    services.change_room(by=alice, room=private, allow_guests=False)

    refused = api().post("/api/v1/auth/guest/", {"invite": token, "display_name": "Gus"})
    assert refused.status_code == 403
    assert refused.json()["code"] == "no_guests"
    assert not User.objects.filter(is_guest=True).exists()


def test_a_full_room_makes_no_guest(api: Api, alice: User, private: Room, token: str):
    services.change_room(by=alice, room=private, capacity=1)

    assert api().post("/api/v1/auth/guest/", {"invite": token, "display_name": "Gus"}).status_code == 409
    assert not User.objects.filter(is_guest=True).exists()
    assert Invite.objects.get().uses == 0


def test_an_invite_to_another_room_is_not_for_a_guest(api: Api, guest_in: User, token: str):
    refused = api(guest_in).post(f"/api/v1/invites/{token}/accept/")

    assert refused.status_code == 403
    assert refused.json()["code"] == "guest"


def test_a_guest_who_left_comes_back_by_the_invite(api: Api, alice: User, guest_in: User, room: Room):
    services.leave(by=guest_in, room=room)
    _invite, again = services.create_invite(by=alice, room=room)

    assert api(guest_in).post(f"/api/v1/invites/{again}/accept/").json()["role"] == "guest"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"display_name": "Gus"}, "invite"),
        ({"invite": "x"}, "display_name"),
        ({"invite": "x", "display_name": " "}, "display_name"),
        ({"invite": "x", "display_name": "x" * 61}, "display_name"),
        ({"invite": "x", "display_name": "a\u202eb"}, "display_name"),
        ({"invite": ["x"], "display_name": "Gus"}, "invite"),
    ],
)
def test_nonsense_is_named(api: Api, db: None, body: object, field: str):
    answer = api().post("/api/v1/auth/guest/", body)

    assert answer.status_code == 400
    assert fields(answer.json()) == [field]


def test_one_address_makes_only_so_many(api: Api, alice: User, private: Room, settings: Settings):
    settings.RATE_LIMIT_INVITE = "2/hour"
    links = [services.create_invite(by=alice, room=private)[1] for _ in range(2)]
    bodies = [{"invite": links[number % 2], "display_name": "Gus"} for number in range(3)]

    answers = [api().post("/api/v1/auth/guest/", body) for body in bodies]
    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert int(answers[2]["Retry-After"]) > 0
    assert User.objects.filter(is_guest=True).count() == 2
    elsewhere = api().post("/api/v1/auth/guest/", bodies[0], REMOTE_ADDR="192.0.2.1")
    assert elsewhere.status_code == 201


def test_a_browser_that_becomes_guest_after_guest_is_one_address(alice: User, private: Room, settings: Settings):
    """Each guest is a new user: were they counted by who asks, nothing would ever be counted."""
    settings.RATE_LIMIT_INVITE = "2/hour"
    browser = Client()
    links = [services.create_invite(by=alice, room=private)[1] for _ in range(2)]
    for number in range(3):
        browser.post(f"/i/{links[number % 2]}/", {"display_name": "Gus"})

    assert User.objects.filter(is_guest=True).count() == 2


def test_a_room_that_takes_none_costs_nothing(api: Api, alice: User, private: Room, token: str, settings: Settings):
    settings.RATE_LIMIT_INVITE = "1/hour"
    body = {"invite": token, "display_name": "Gus"}
    services.change_room(by=alice, room=private, allow_guests=False)
    assert api().post("/api/v1/auth/guest/", body).status_code == 403

    services.change_room(by=alice, room=private, allow_guests=True)
    assert api().post("/api/v1/auth/guest/", body).status_code == 201
