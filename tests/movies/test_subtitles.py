"""POST movies/{id}/subtitles/: captions of any kind come in, WebVTT goes out; DELETE takes them away."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import User
from audit.models import OutboxEvent
from movies import given, storage, subtitles
from movies.models import Movie, Subtitle
from movies.tokens import stream_token

Api = Callable[..., Any]  # of APIClient, whose stub lets no bytes through
SRT = "1\n00:00:01,000 --> 00:00:02,500\nHello <i>there</i>\n\n2\n00:00:03,000 --> 00:00:04,000\nGood\nbye\n"
VTT = "WEBVTT\n\n00:00:01.000 --> 00:00:02.500\nHello <i>there</i>\n\n00:00:03.000 --> 00:00:04.000\nGood\nbye\n"


@pytest.fixture
def movie(alice: User, make_movie: Callable[..., Movie]) -> Movie:
    return make_movie(alice)


@pytest.fixture
def url(movie: Movie) -> str:
    return f"/api/v1/movies/{movie.pk}/subtitles/"


@pytest.fixture
def send(api: Api, alice: User, url: str) -> Callable[..., Any]:
    """``send("text", language="de")``: posted by Alice, UTF-8 unless it is bytes."""

    def post(content: str | bytes, *, name: str = "captions.srt", by: User = alice, **fields: Any) -> Any:
        file = SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)
        return api(by).post(url, {"language": "en", "file": file, **fields}, format="multipart")

    return post


VIDEO = b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2" + bytes(range(256)) * 40


def cue(text: str) -> str:
    return f"1\n00:00:01,000 --> 00:00:02,000\n{text}\n"


def test_it_works(send: Callable[..., Any], fetch: Any, api: Api, alice: User, url: str) -> None:
    answer = send(SRT, language="EN-us", label="English (US)")
    assert answer.status_code == 201
    made = answer.json()
    track = Subtitle.objects.get()
    assert made == {"id": str(track.pk), "language": "en-US", "label": "English (US)", "url": f"{url}{track.pk}/"}
    assert api(alice).get(url).json()["results"] == [made]
    served = fetch(made["url"], alice)
    assert (served.headers["Content-Type"], served.body.decode()) == ("text/vtt; charset=utf-8", VTT)


def test_language_and_encoding_go_together(send: Callable[..., Any], fetch: Any, alice: User) -> None:
    made = send(cue("Zażółć gęślą jaźń").encode("cp1250"), language="pl").json()
    assert "Zażółć gęślą jaźń" in fetch(made["url"], alice).body.decode()


def test_several_languages(send: Callable[..., Any], api: Api, alice: User, url: str) -> None:
    for language in ("ger", "zh-hant", "en"):
        assert send(SRT, language=language).status_code == 201
    assert [track["language"] for track in api(alice).get(url).json()["results"]] == ["de", "en", "zh-Hant"]


@pytest.mark.parametrize(
    ("content", "says"),
    [(b"", "empty"), (VIDEO, "no subtitles"), (cue("a\x00b"), "no subtitles"), (cue("<i> </i>"), "no text")],
    ids=["empty", "video", "NUL", "no words"],
)
def test_what_is_none_is_refused(send: Callable[..., Any], content: str | bytes, says: str) -> None:
    answer = send(content)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    error = answer.json()["errors"][0]
    assert error["field"] == "file"
    assert says in error["detail"]
    assert not Subtitle.objects.exists()


def test_what_would_keep_the_server_busy_is_given_up(send: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subtitles, "CONVERTING_SECONDS", 2.0)
    line = "Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,," + r"{\i1}a" * 100_000
    answer = send(f"[Script Info]\n[V4+ Styles]\n[Events]\n{line}\n")
    assert answer.status_code == 400
    assert "too much time" in answer.json()["errors"][0]["detail"]


def test_so_many_are_read_at_once(send: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    turn = threading.BoundedSemaphore(1)
    monkeypatch.setattr(given, "_turns", turn)
    monkeypatch.setattr(given, "WAITING_SECONDS", 0.01)
    with turn:
        assert send(SRT).status_code == 503
    assert not Subtitle.objects.exists()
    assert send("").status_code == 400
    assert send(cue("a\x00b")).status_code == 400
    assert send(SRT).status_code == 201


def test_too_large(send: Callable[..., Any]) -> None:
    answer = send(cue("x" * 1024**2))
    assert answer.status_code == 413
    assert answer.json()["errors"][0]["field"] == "file"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *[("language", tag) for tag in ("", "english", "xx", "en_", "../en", "e", "en\n-US", "🎬", "x" * 300, "a\x00")],
        ("label", "x" * 61),
        ("label", "a\x00b"),
        ("file", "not a file"),
    ],
)
def test_a_bad_field_is_named(send: Callable[..., Any], field: str, value: str) -> None:
    answer = send(SRT, **{field: value})
    assert answer.status_code == 400
    assert {error["field"] for error in answer.json()["errors"]} == {field}


def test_fields_that_are_needed(api: Api, alice: User, url: str) -> None:
    answer = api(alice).post(url, {}, format="multipart")
    assert {error["field"] for error in answer.json()["errors"]} == {"file", "language"}


@pytest.mark.parametrize("name", ["../../etc/passwd", "x" * 300 + ".srt", "a\x00🎬<i>.html"])
def test_the_files_name_is_nothing_to_us(send: Callable[..., Any], name: str) -> None:
    assert send(SRT, name=name).status_code == 201
    folder, shelf, kept_as = Subtitle.objects.get().file.split("/")
    assert (folder, len(shelf), len(kept_as)) == ("subtitles", 2, len("x" * 32 + ".vtt"))


def test_another_kind_of_body_is_refused(api: Api, alice: User, url: str) -> None:
    assert api(alice).post(url, {"language": "en"}, format="json").status_code == 415


def test_a_movie_has_so_many_tracks_at_most(send: Callable[..., Any], movie: Movie) -> None:
    Subtitle.objects.bulk_create(Subtitle(movie=movie, language="en", file="x") for _ in range(subtitles.MAX_TRACKS))
    before = set(Path(storage.media().path("subtitles")).rglob("*.vtt"))
    assert send(SRT).status_code == 409
    assert set(Path(storage.media().path("subtitles")).rglob("*.vtt")) == before


def test_who_may_watch_reads_and_only_the_owner_writes(
    send: Callable[..., Any], api: Api, fetch: Any, alice: User, bob: User, charlie: User, url: str, shared_with: Any
) -> None:
    shared_with(bob)
    track = send(SRT).json()
    assert send(SRT, by=bob).status_code == 403
    assert api(bob).delete(track["url"]).status_code == 403
    assert api(bob).get(url).json()["results"] == [track]
    assert fetch(track["url"], bob).status_code == 200

    assert send(SRT, by=charlie).status_code == 404
    assert api(charlie).delete(track["url"]).status_code == 404
    assert api(charlie).get(url).status_code == 404
    assert fetch(track["url"], charlie).status_code == 404

    assert api().post(url, {}, format="multipart").status_code == 401
    assert api().delete(track["url"]).status_code == 401
    assert Subtitle.objects.count() == 1


def test_a_link_to_watch_is_not_one_to_delete(send: Callable[..., Any], api: Api, alice: User, movie: Movie) -> None:
    track = send(SRT).json()
    assert api().delete(f"{track['url']}?token={stream_token(alice, movie)}").status_code == 401
    assert Subtitle.objects.exists()


def test_removing(send: Callable[..., Any], api: Api, alice: User, django_capture_on_commit_callbacks: Any) -> None:
    track = send(SRT).json()
    file = Path(storage.media().path(Subtitle.objects.get().file))
    with django_capture_on_commit_callbacks(execute=True):
        assert api(alice).delete(track["url"]).status_code == 204
    assert not file.exists()
    assert api(alice).delete(track["url"]).status_code == 404


def test_both_are_facts(send: Callable[..., Any], api: Api, alice: User, movie: Movie) -> None:
    track = send(SRT, label="Mine alone").json()
    api(alice).delete(track["url"])
    facts = OutboxEvent.objects.filter(fact__startswith="subtitles.").order_by("at")
    assert [(fact.fact, str(fact.subject)) for fact in facts] == [
        ("subtitles.added", track["id"]),
        ("subtitles.removed", track["id"]),
    ]
    assert {str(fact.actor) for fact in facts} == {str(alice.pk)}
    assert [fact.data for fact in facts] == [{"movie": str(movie.pk), "language": "en"}] * 2
