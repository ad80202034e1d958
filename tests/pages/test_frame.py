"""What every page has around it."""

import re

import pytest

from tests.pages.conftest import Browser

PATHS = ["/", "/accounts/login/", "/accounts/register/", "/accounts/reset/", "/nowhere/"]


@pytest.mark.parametrize("path", PATHS)
def test_it_works(browser: Browser, path: str):
    page = browser().get(path)
    html = page.content.decode()
    assert '<html lang="en">' in html
    assert html.index("Skip to the content") < html.index("<header")
    assert len(re.findall(r"<h1\b", html)) == 1
    assert len(re.findall(r"<main\b", html)) == 1


@pytest.mark.parametrize("path", PATHS)
def test_the_strict_policy_could_run_it(browser: Browser, path: str):
    page = browser().get(path)
    html = page.content.decode()
    assert "script-src 'self'" in page["Content-Security-Policy"]
    assert "unsafe" not in page["Content-Security-Policy"]
    assert not re.search(r"\sstyle=|\son[a-z]+=|<style", html)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", html))
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", html)


def test_every_page_forbids_framing_and_sniffing(browser: Browser):
    page = browser().get("/")
    assert page["X-Frame-Options"] == "DENY"
    assert page["X-Content-Type-Options"] == "nosniff"
    assert page["Referrer-Policy"] == "same-origin"


def test_the_chosen_theme_is_in_the_first_byte(browser: Browser):
    client = browser()
    client.cookies["theme"] = "dark"
    assert 'data-theme="dark"' in client.get("/").content.decode()


def test_a_made_up_theme_is_ignored(browser: Browser):
    client = browser()
    client.cookies["theme"] = "pink"
    assert "data-theme" not in client.get("/").content.decode()


def test_a_form_without_its_token_is_a_page_not_a_crash(db: None):
    from django.test import Client

    refused = Client(enforce_csrf_checks=True).post("/accounts/login/", {"username": "a", "password": "b"})
    assert refused.status_code == 403
    assert b"cookies are blocked" in refused.content


def test_the_page_for_crashes_needs_nothing(browser: Browser):
    from django.template.loader import get_template

    html = get_template("500.html").render({})
    assert "The film tore" in html
    assert "{%" not in html
