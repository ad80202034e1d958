"""An import beside a worker that has just started: whoever takes the movie up, the import returns it finished."""

from datetime import timedelta
from pathlib import Path
from threading import Timer
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import User
from movies import processing
from movies.models import Movie
from movies.services import import_file
from tests.clips import make_clip


@pytest.mark.django_db(transaction=True)
def test_it_waits_for_who_was_quicker(alice: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    clip = make_clip(tmp_path / "clip.mp4", seconds=1)
    process = processing.process
    calls: list[UUID | str] = []

    def let_go(movie_id: UUID | str) -> None:
        Movie.objects.filter(pk=movie_id).update(held_until=None)
        connection.close()

    def taken_up_first(movie_id: UUID | str) -> None:
        if not calls:
            later = timezone.now() + timedelta(hours=1)
            Movie.objects.filter(pk=movie_id).update(held_until=later)
            Timer(0.3, let_go, [movie_id]).start()
        calls.append(movie_id)
        process(movie_id)

    monkeypatch.setattr(processing, "process", taken_up_first)
    movie = import_file(owner=alice, path=clip)
    assert movie.status == Movie.Status.READY
    assert len(calls) > 1
