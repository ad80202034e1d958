from uuid import uuid4

from accounts import signals
from tests.accounts.conftest import API, bearer
from tests.live import PASSWORD

URL = f"{API}/auth/sessions/"


def sign_in(client, name="alice", agent="Firefox"):
    body = {"username": name, "password": PASSWORD}
    answer = client.post(f"{API}/auth/token/", body, HTTP_USER_AGENT=agent, REMOTE_ADDR="203.0.113.4")
    return bearer(answer.json()["access"])


def test_it_works(alice, anyone):
    phone, laptop = sign_in(anyone, agent="Phone"), sign_in(anyone, agent="Laptop")

    listed = anyone.get(URL, **laptop)
    assert listed.status_code == 200
    assert set(listed.json()) == {"count", "next", "previous", "results"}
    by_name = {one["user_agent"]: one for one in listed.json()["results"]}
    assert (by_name["Laptop"]["current"], by_name["Phone"]["current"]) == (True, False)
    assert by_name["Phone"]["ip"] == "203.0.113.4"

    assert anyone.delete(f"{URL}{by_name['Phone']['id']}/", **laptop).status_code == 204
    assert anyone.get(URL, **phone).status_code == 401
    assert [one["user_agent"] for one in anyone.get(URL, **laptop).json()["results"]] == ["Laptop"]


def test_sockets_of_that_device_are_told(alice, anyone, committed):
    phone = sign_in(anyone, agent="Phone")
    ours = anyone.get(URL, **phone).json()["results"][0]["id"]
    heard = []

    def hear(sid, **rest):
        heard.append(sid)

    signals.session_ended.connect(hear)
    try:
        with committed():
            anyone.delete(f"{URL}{ours}/", **phone)
    finally:
        signals.session_ended.disconnect(hear)

    assert heard == [ours]


def test_another_persons_device_is_not_found(alice, bob, anyone):
    theirs = anyone.get(URL, **sign_in(anyone, "bob")).json()["results"][0]["id"]
    mine = sign_in(anyone)

    assert anyone.delete(f"{URL}{theirs}/", **mine).status_code == 404
    assert anyone.delete(f"{URL}{uuid4()}/", **mine).status_code == 404
    assert anyone.delete(f"{URL}rubbish/", **mine).status_code == 404


def test_a_device_that_is_out_is_not_found(alice, anyone):
    phone, laptop = sign_in(anyone, agent="Phone"), sign_in(anyone, agent="Laptop")
    gone = next(one["id"] for one in anyone.get(URL, **phone).json()["results"] if one["current"])
    anyone.delete(f"{URL}{gone}/", **phone)

    assert anyone.delete(f"{URL}{gone}/", **laptop).status_code == 404


def test_it_is_for_who_is_signed_in(db, anyone):
    assert anyone.get(URL).status_code == 401
    assert anyone.delete(f"{URL}{uuid4()}/").status_code == 401


def test_a_strange_user_agent_is_kept_short(alice, anyone):
    headers = sign_in(anyone, agent="x" * 5000 + "\0")

    assert anyone.get(URL, **headers).json()["results"][0]["user_agent"] == "x" * 300
