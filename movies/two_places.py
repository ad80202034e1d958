"""Media in a bucket, and on the disk what was there before the bucket, until ``manage.py move_media`` has moved it."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.core.files import File
from django.core.files.storage import Storage, storages
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from movies.bucket import BucketStorage


class TwoPlaces(Storage):
    """New files go to the bucket. A file that lies on the disk is read there: it is either not moved yet, or moved
    back, and only what was verified in one place is taken away in the other."""

    def __init__(self, **bucket: Any) -> None:
        self._options = bucket

    @cached_property
    def bucket(self) -> BucketStorage:
        # Google's libraries are large; who has no bucket doesn't load them.
        made: BucketStorage = import_string("movies.bucket.BucketStorage")(**self._options)
        return made

    @property
    def disk(self) -> Storage:
        return storages["disk"]

    def home(self, name: str) -> Storage:
        return self.disk if self.disk.exists(name) else self.bucket

    def in_bucket(self, name: str) -> bool:
        return not self.disk.exists(name)

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return name

    def _open(self, name: str, mode: str = "rb") -> File[Any]:
        return self.home(name).open(name, mode)

    def _save(self, name: str, content: File[Any]) -> str:
        saved: str = self.bucket.save(name, content)
        return saved

    def delete(self, name: str) -> None:
        self.disk.delete(name)
        self.bucket.delete(name)

    def exists(self, name: str) -> bool:
        return self.home(name).exists(name)

    def path(self, name: str) -> str:
        return self.disk.path(name)

    def size(self, name: str) -> int:
        return self.home(name).size(name)

    def get_modified_time(self, name: str) -> datetime:
        return self.home(name).get_modified_time(name)
