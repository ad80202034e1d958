"""Media in a bucket of Google Cloud Storage, through django-storages.

django-storages alone would write over what is there, read whole films into memory, take the emulator's address for
the API but not for its URLs, and wait for minutes. What it does well is kept: the client, and signing by IAM.
"""

from __future__ import annotations

import base64
import contextlib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path, PurePath
from typing import Any, BinaryIO

import google.auth
import google_crc32c
import requests
from django.core.files import File
from django.utils.translation import gettext as _
from google.api_core.exceptions import GoogleAPIError, NotFound, PreconditionFailed
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import GoogleAuthError
from google.cloud.storage import Blob, Client
from google.cloud.storage.retry import DEFAULT_RETRY
from storages.backends.gcloud import GoogleCloudStorage

from watchparty import bucket_origins
from watchparty.errors import Unavailable

TIMEOUT_SECONDS = 10
RETRY = DEFAULT_RETRY.with_timeout(8)
# Held in memory for each file that is read or written; a multiple of 256 KiB.
BLOCK = 4 * 1024 * 1024
SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)
OCTETS = "application/octet-stream"
# By our own suffixes: nothing that a browser would run.
CONTENT_TYPES = {
    ".mp4": "video/mp4",
    ".webm": "video/webm",
    ".mkv": "video/x-matroska",
    ".avi": "video/x-msvideo",
    ".jpg": "image/jpeg",
    ".vtt": "text/vtt",
}


class Damaged(Unavailable):
    """What was copied isn't what lies there, by its checksum; copied again it may be."""


@contextlib.contextmanager
def reaching_it() -> Iterator[None]:
    """Say Unavailable where the bucket can't be had."""
    try:
        yield
    except (GoogleAPIError, GoogleAuthError, requests.RequestException) as error:
        raise Unavailable(_("The storage of the movies doesn't answer. Try again in a few seconds.")) from error


class BucketStorage(GoogleCloudStorage):  # type: ignore[misc]  # django-storages has no types
    """Names are what the rest of the app knows: unguessable, never used twice. Raises Unavailable."""

    _client: Client | None
    bucket_name: str
    emulator: str

    def get_default_settings(self) -> dict[str, Any]:
        known: dict[str, Any] = super().get_default_settings()
        return known | {"file_overwrite": False, "emulator": ""}

    @property
    def client(self) -> Client:
        """By a key file (GOOGLE_APPLICATION_CREDENTIALS), or as what this machine runs as at Google."""
        if self._client is None:
            self.credentials, project = google.auth.default(scopes=SCOPES)
            # An emulator asks nobody who they are; Google's library would ask Google about the key all the same.
            shown = AnonymousCredentials() if self.emulator else self.credentials  # type: ignore[no-untyped-call]
            # A project is needed for making buckets only, but the client wants one.
            self._client = Client(project=project or self.bucket_name, credentials=shown)
        return self._client

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        # Another name than the chosen one would be lost; one that is taken is refused by the bucket itself.
        return name

    def exists(self, name: str) -> bool:
        return self.find(name) is not None

    def size(self, name: str) -> int:
        return int(self.known(name).size)

    def get_modified_time(self, name: str) -> datetime:
        modified: datetime = self.known(name).updated
        return modified

    def delete(self, name: str) -> None:
        with reaching_it(), contextlib.suppress(NotFound):
            self.bucket.delete_blob(self._normalize_name(name), timeout=TIMEOUT_SECONDS, retry=RETRY)

    def find(self, name: str) -> Blob | None:
        """The object of that name, with its size, checksums (base64) and generation."""
        with reaching_it():
            return self.bucket.get_blob(self._normalize_name(name), timeout=TIMEOUT_SECONDS, retry=RETRY)

    def known(self, name: str) -> Blob:
        """The same. Raises FileNotFoundError."""
        if (blob := self.find(name)) is None:
            raise FileNotFoundError(name)
        return blob

    def _open(self, name: str, mode: str = "rb") -> File[bytes]:
        """For reading, a block at a time."""
        return File(self._reader(self.known(name)), name=name)

    def _reader(self, blob: Blob) -> BinaryIO:
        reader: BinaryIO = blob.open("rb", chunk_size=BLOCK, timeout=TIMEOUT_SECONDS, retry=RETRY)
        return reader

    def _save(self, name: str, content: File[Any]) -> str:
        """Raises FileExistsError for a name that is taken: nothing is ever written over."""
        blob = self._new(name)
        with reaching_it():
            try:
                blob.upload_from_file(
                    content,
                    rewind=True,
                    size=content.size,
                    content_type=CONTENT_TYPES.get(PurePath(name).suffix, OCTETS),
                    if_generation_match=0,
                    checksum="crc32c",
                    timeout=TIMEOUT_SECONDS,
                    retry=RETRY,
                )
            except PreconditionFailed as taken:
                raise FileExistsError(name) from taken
        return name

    def open_session(self, name: str, *, size: int, origin: str | None) -> str:
        """The address that ``size`` bytes may be sent to by Google's resumable protocol, without further credentials,
        and become the object ``name``. Pages of ``origin`` may send them."""
        with reaching_it():
            session: str = self._new(name).create_resumable_upload_session(
                content_type=OCTETS,
                size=size,
                origin=origin,
                if_generation_match=0,
                checksum=None,
                timeout=TIMEOUT_SECONDS,
                retry=RETRY,
            )
        return session

    def download(self, name: str, path: Path, *, meanwhile: Callable[[], object]) -> None:
        """Copy the object to ``path``, block by block, and compare checksums. Raises FileNotFoundError, Damaged.

        ``meanwhile`` is called between blocks; what it raises ends it.
        """
        blob = self.known(name)
        digest = 0
        with reaching_it(), self._reader(blob) as reader, path.open("wb") as file:
            while block := reader.read(BLOCK):
                file.write(block)
                digest = google_crc32c.extend(digest, block)
                meanwhile()
        if base64.b64encode(digest.to_bytes(4)).decode() != blob.crc32c:
            raise Damaged(_("A movie's file was damaged on its way from the storage."))

    def head(self, name: str, size: int) -> bytes:
        """The object's first bytes, ``size`` at most."""
        with reaching_it():
            first: bytes = self._new(name).download_as_bytes(
                start=0, end=size - 1, timeout=TIMEOUT_SECONDS, retry=RETRY, checksum=None
            )
        return first

    def label(self, name: str, content_type: str) -> None:
        """Say what the object is, to who downloads it."""
        blob = self.known(name)
        if blob.content_type != content_type:
            blob.content_type = content_type
            with reaching_it():
                blob.patch(timeout=TIMEOUT_SECONDS, retry=RETRY)

    def signed_url(self, name: str, *, method: str, content_type: str, disposition: str, good_for: timedelta) -> str:
        """A URL (signature V4) by which anybody may GET, or HEAD, the object for so long."""
        with reaching_it():
            client = self.client
        parameters = {
            "client": client,
            "credentials": self.credentials,
            "method": method,
            "expiration": good_for,
            "response_type": content_type,
            "response_disposition": disposition,
            "virtual_hosted_style": bucket_origins.has_own_host(self.bucket_name, self.emulator),
        }
        if self.emulator:
            parameters["api_access_endpoint"] = bucket_origins.origin(self.emulator)
        with reaching_it():
            url: str = self.url(name, parameters)
        return url

    def session_offset(self, session: str, size: int) -> int | None:
        """How many of its ``size`` bytes a session holds; None when it is over: called off, or expired. Raises
        Unavailable."""
        with reaching_it():
            asked = {"Content-Range": f"bytes */{size}"}
            answer = requests.put(session, headers=asked, timeout=TIMEOUT_SECONDS, allow_redirects=False)
        if answer.status_code in (HTTPStatus.OK, HTTPStatus.CREATED):
            return size
        if answer.status_code == HTTPStatus.PERMANENT_REDIRECT:
            come = answer.headers.get("Range", "").removeprefix("bytes=0-")
            return int(come) + 1 if come.isdecimal() else 0
        if answer.status_code in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE, 499):
            return None
        raise Unavailable(_("The storage of the movies doesn't answer. Try again in a few seconds."))

    def end_session(self, session: str) -> None:
        """Call a session off, so that nothing more can be sent to it. Raises Unavailable."""
        with reaching_it():
            requests.delete(session, timeout=TIMEOUT_SECONDS, allow_redirects=False)

    def _new(self, name: str) -> Blob:
        return self.bucket.blob(self._normalize_name(name), chunk_size=BLOCK)
