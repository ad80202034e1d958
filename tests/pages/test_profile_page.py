from accounts.models import Session, User
from accounts.services import create_guest, issue_tokens
from tests.live import PASSWORD
from tests.pages.conftest import Browser

PROFILE = "/accounts/profile/"
NEW = "a whole new sentence"


def test_it_works(browser: Browser, alice: User):
    client = browser(alice)
    assert client.post(f"{PROFILE}change/", {"display_name": "Al", "email": alice.email}).status_code == 302
    alice.refresh_from_db()
    assert alice.name == "Al"
    assert b"<h1>Al</h1>" in client.get(PROFILE).content


def test_a_stranger_signs_in_first(browser: Browser):
    assert browser().get(PROFILE)["Location"] == f"/accounts/login/?next={PROFILE}"


def test_a_guest_has_none(browser: Browser):
    assert browser(create_guest(display_name="Gus")).get(PROFILE).status_code == 403


def test_an_address_of_somebody_else_is_refused_at_the_field(browser: Browser, alice: User, bob: User):
    answer = browser(alice).post(f"{PROFILE}change/", {"display_name": "", "email": bob.email})
    assert answer.status_code == 422
    assert b'id="id_email_error"' in answer.content


def test_the_devices_are_listed_and_this_one_is_marked(browser: Browser, alice: User):
    issue_tokens(user=alice, user_agent="watchparty-tv/2.1", ip="127.0.0.1")
    html = browser(alice).get(PROFILE).content.decode()
    assert "watchparty-tv/2.1" in html
    assert html.count("this one") == 1


def test_another_device_is_signed_out(browser: Browser, alice: User):
    here, there = browser(alice), browser(alice)
    sid = there.session["sid"]
    assert here.post(f"{PROFILE}sessions/{sid}/end/").status_code == 302
    assert there.get(PROFILE).status_code == 302
    assert here.get(PROFILE).status_code == 200


def test_signing_this_device_out_leads_home(browser: Browser, alice: User):
    client = browser(alice)
    assert client.post(f"{PROFILE}sessions/{client.session['sid']}/end/")["Location"] == "/"
    assert client.get(PROFILE).status_code == 302


def test_all_others_are_signed_out(browser: Browser, alice: User):
    here, there = browser(alice), browser(alice)
    here.post(f"{PROFILE}sessions/others/end/")
    assert there.get(PROFILE).status_code == 302
    assert here.get(PROFILE).status_code == 200


def test_nobody_elses_device_is_touched(browser: Browser, alice: User, bob: User):
    bobs = browser(bob)
    assert browser(alice).post(f"{PROFILE}sessions/{bobs.session['sid']}/end/").status_code == 404
    assert bobs.get(PROFILE).status_code == 200


def test_a_new_password_keeps_this_device_only(browser: Browser, alice: User):
    here, there = browser(alice), browser(alice)
    answer = here.post(f"{PROFILE}password/", {"old_password": PASSWORD, "new_password": NEW})
    assert answer.status_code == 302
    assert here.get(PROFILE).status_code == 200
    assert there.get(PROFILE).status_code == 302
    assert Session.objects.live().filter(user=alice).count() == 1


def test_a_wrong_old_password_is_told_at_its_field(browser: Browser, alice: User):
    answer = browser(alice).post(f"{PROFILE}password/", {"old_password": "wrong", "new_password": NEW})
    assert answer.status_code == 422
    assert b'id="id_old_password_error"' in answer.content


def test_the_account_is_erased_with_the_password_only(browser: Browser, alice: User):
    client = browser(alice)
    refused = client.post(f"{PROFILE}erase/", {"password": "wrong"})
    assert refused.status_code == 422
    assert b'id="id_erase_password_error"' in refused.content
    assert client.post(f"{PROFILE}erase/", {"password": PASSWORD})["Location"] == "/"
    assert not User.objects.filter(username="alice").exists()
    assert client.get(PROFILE).status_code == 302


def test_everything_kept_about_one_can_be_downloaded(browser: Browser, alice: User):
    client = browser(alice)
    assert b'href="/api/v1/users/me/export/?format=json"' in client.get(PROFILE).content
    answer = client.get("/api/v1/users/me/export/", {"format": "json"}, headers={"accept": "text/html,*/*;q=0.8"})
    assert answer["Content-Type"] == "application/json"
    assert "attachment" in answer["Content-Disposition"]
