import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from accounts.addresses import client_address, limit_key
from accounts.checks import trusted_proxies_are_addresses


def address(peer, forwarded=None):
    headers = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    return client_address(RequestFactory().get("/", REMOTE_ADDR=peer, **headers))


def test_it_works():
    assert address("203.0.113.7") == "203.0.113.7"


def test_a_stranger_is_not_believed():
    assert address("203.0.113.7", "198.51.100.1") == "203.0.113.7"


@pytest.mark.parametrize(
    ("forwarded", "found"),
    [
        ("198.51.100.1", "198.51.100.1"),
        # What the client wrote stands left of what our proxy saw.
        ("192.0.2.66, 198.51.100.1", "198.51.100.1"),
        ("192.0.2.66, 198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("198.51.100.1:4711", "198.51.100.1"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("2001:DB8::0:1", "2001:db8::1"),
        ("::ffff:198.51.100.1", "198.51.100.1"),
        ("rubbish", "10.0.0.1"),
        ("198.51.100.1, rubbish", "10.0.0.1"),
        ("", "10.0.0.1"),
        ("10.0.0.3", "10.0.0.3"),
    ],
)
def test_a_proxy_of_ours_is_believed(settings, forwarded, found):
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]

    assert address("10.0.0.1", forwarded) == found


def test_a_unix_socket_has_none():
    assert address("") == ""
    assert limit_key("") == ""


def test_a_limit_counts_a_user_of_ipv6_once():
    assert limit_key("2001:db8::1") == limit_key("2001:db8::ffff")
    assert limit_key("2001:db8::1") != limit_key("2001:db8:0:1::1")
    assert limit_key("203.0.113.7") == "203.0.113.7"


@given(st.text(), st.text())
def test_rubbish_never_breaks_it(peer, forwarded):
    limit_key(address(peer, forwarded))


def test_a_wrong_proxy_fails_the_check(settings):
    assert trusted_proxies_are_addresses(None) == []
    settings.TRUSTED_PROXIES = ["10.0.0.0/8", "proxy.example.org"]

    [problem] = trusted_proxies_are_addresses(None)
    assert "proxy.example.org" in problem.msg
    assert problem.hint
