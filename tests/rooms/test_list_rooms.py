from accounts.models import User
from rooms import services
from rooms.models import Room
from tests.rooms.conftest import Api


def listed(api: Api, user: User) -> list[str]:
    answer = api(user).get("/api/v1/rooms/")
    assert answer.status_code == 200
    return [room["name"] for room in answer.json()["results"]]


def test_it_works(api: Api, alice: User, bob: User, room: Room, private: Room):
    services.create_room(by=alice, name="Open air", visibility="public")

    assert sorted(listed(api, alice)) == ["Just us", "Movie night", "Open air"]
    assert listed(api, bob) == ["Open air"]


def test_each_has_my_role_and_the_number_of_members(api: Api, alice: User, bob_in: User, charlie: User, room: Room):
    services.change_room(by=alice, room=room, visibility="public")

    shown = [api(user).get("/api/v1/rooms/").json()["results"][0] for user in (alice, bob_in, charlie)]
    assert [one["role"] for one in shown] == ["host", "member", None]
    assert [one["member_count"] for one in shown] == [2, 2, 2]


def test_a_room_that_one_left_is_not_mine(api: Api, bob_in: User, room: Room):
    assert listed(api, bob_in) == ["Movie night"]
    services.leave(by=bob_in, room=room)
    assert listed(api, bob_in) == []


def test_a_closed_room_is_gone(api: Api, alice: User, room: Room):
    services.close_room(by=alice, room=room)
    assert listed(api, alice) == []


def test_it_pages(api: Api, alice: User):
    for number in range(3):
        services.create_room(by=alice, name=f"Room {number}")

    page = api(alice).get("/api/v1/rooms/?page_size=2").json()
    assert page["count"] == 3
    assert page["previous"] is None
    assert page["next"] == "/api/v1/rooms/?page=2&page_size=2"
    assert len(api(alice).get(page["next"]).json()["results"]) == 1


def test_nobody_sees_no_list(api: Api, room: Room):
    assert api().get("/api/v1/rooms/").status_code == 401
