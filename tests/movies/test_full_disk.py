"""A disk that is full, wherever it shows: said in words, and nothing is left half done. Beside what `test_upload` has
of a plain upload, and `test_resumable_live` of a real limit in the middle of a chunk."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.db import OperationalError

from accounts.models import User
from movies import parts, uploads
from movies.bucket import BucketStorage
from movies.intake import DiskUploadHandler
from movies.models import Movie
from movies.two_places import TwoPlaces
from tests.movies.conftest import Processed
from tests.movies.test_resumable_upload import begin, nothing_left, put
from tests.movies.test_upload import nothing_kept, upload
from watchparty.errors import OutOfSpace

__all__ = ["nothing_kept", "nothing_left"]
Api = Callable[..., Any]


def full(*args: Any, **kwargs: Any) -> Any:
    raise OSError(errno.ENOSPC, "full")


def test_what_was_being_received_goes_at_once(rf: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    handler = DiskUploadHandler(rf.post("/"))
    handler.new_file("file", "film.mp4", "video/mp4", 10, None, None)
    spooled = Path(handler.file.temporary_file_path())
    assert spooled.exists()
    monkeypatch.setattr(TemporaryFileUploadHandler, "receive_data_chunk", full)
    with pytest.raises(OutOfSpace):
        handler.receive_data_chunk(b"film", 0)
    assert not spooled.exists()


@pytest.mark.parametrize("place", [(TemporaryFileUploadHandler, "file_complete"), (FileSystemStorage, "_save")])
@pytest.mark.usefixtures("nothing_kept")
def test_at_a_plain_uploads_end(
    api: Api, alice: User, film: Path, monkeypatch: pytest.MonkeyPatch, place: tuple[type, str]
) -> None:
    monkeypatch.setattr(*place, full)
    answer = upload(api(alice), film.read_bytes())
    assert (answer.status_code, answer.json()["code"]) == (507, "out_of_space")


@pytest.mark.parametrize(("place", "name"), [(os, "open"), (FileSystemStorage, "_save"), (uploads, "hand_over")])
def test_a_resumable_upload_is_gone_on_with_when_there_is_room_again(
    api: Api, alice: User, film: Path, place: Any, name: str
) -> None:
    client, content = api(alice), film.read_bytes()
    begun = begin(client, len(content)).json()

    def refuse(first: Any, *args: Any, **kwargs: Any) -> Any:
        if name == "hand_over":
            raise OperationalError("database or disk is full")
        if name == "_save" or first == parts.path_of(begun["id"]):
            full()
        return real(first, *args, **kwargs)

    real = getattr(place, name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(place, name, refuse)
        refused = put(client, begun, content, None)
    assert (refused.status_code, refused.json()["code"]) == (507, "out_of_space")
    assert Movie.objects.get().status == Movie.Status.UPLOADING
    assert put(client, begun, content, None).json()["status"] == "processing"


def test_while_a_movie_is_processed(processed: Processed, film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save: Any = FileSystemStorage.__dict__["_save"]

    def no_poster(self: Any, name: str, content: Any) -> Any:
        return full() if name.startswith("posters/") else save(self, name, content)

    with monkeypatch.context() as patch:
        patch.setattr(FileSystemStorage, "_save", no_poster)
        movie = processed(film)
    assert (movie.status, movie.file) == ("failed", "")
    assert movie.error == "There was no room left on the server's disk to process it."
    assert processed(film).status == "ready"


def test_while_a_movie_is_copied_from_the_bucket(
    bucket: TwoPlaces, processed: Processed, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BucketStorage, "download", full)
    assert processed(film).error == "There was no room left on the server's disk to process it."
