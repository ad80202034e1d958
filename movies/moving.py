"""Media from the disk into the bucket, or back: a file goes where it was only after its copy was compared.

A file is served from wherever it is (``movies.two_places``), so people watch meanwhile. Whatever ends a move, the next
one goes on: a copy that is there already is compared, not made again. What is being processed waits for the next one.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import google_crc32c
from django.conf import settings
from django.core.files import File
from django.db.models import Q, QuerySet
from django.utils import timezone

from movies import storage
from movies.models import Movie, Previews, Rendition, Subtitle
from movies.two_places import TwoPlaces

if TYPE_CHECKING:
    from google.cloud.storage import Blob

BLOCK = 4 * 1024 * 1024
Place = Literal["gcs", "local"]


class Differs(Exception):
    """There is another file of that name where it should go. Both are kept."""


@dataclass
class Moved:
    """What a move did: files, their bytes, and the names that were refused."""

    files: int = 0
    size: int = 0
    different: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Digest:
    """Of a file on the disk; the checksums in base64, as a bucket tells them."""

    size: int
    crc32c: str
    md5: str

    def is_of(self, blob: Blob) -> bool:
        # Objects that were put together from others have no MD5.
        return (blob.size, blob.crc32c) == (self.size, self.crc32c) and blob.md5_hash in (None, self.md5)


def names() -> Iterator[tuple[str, str]]:
    """The name of each stored file, and what it is; but for those of movies that a job reads now."""
    ready = Movie.objects.filter(status=Movie.Status.READY)
    reading = Rendition.objects.filter(file="", held_until__gt=timezone.now()).values("movie")
    found = ready.exclude(previews__held_until__gt=timezone.now()).exclude(pk__in=reading)
    for file, poster, content_type in found.values_list("file", "poster", "content_type").iterator():
        yield from ((name, kind) for name, kind in ((file, content_type), (poster, "image/jpeg")) if name)
    for name in Previews.objects.exclude(file="").values_list("file", flat=True).iterator():
        yield name, "image/jpeg"
    for name in Rendition.objects.exclude(file="").values_list("file", flat=True).iterator():
        yield name, "video/mp4"
    for name in Subtitle.objects.filter(movie__in=ready).values_list("file", flat=True).iterator():
        yield name, "text/vtt"


def waiting(places: TwoPlaces, to: Place) -> list[tuple[str, str, int]]:
    """What a move has to do: name, content type, bytes."""
    found = []
    for name, content_type in names():
        if to == "gcs" and places.disk.exists(name):
            found.append((name, content_type, places.disk.size(name)))
        elif to == "local" and (blob := places.bucket.find(name)) is not None:
            found.append((name, content_type, blob.size))
    return found


def move(places: TwoPlaces, to: Place, *, told: Callable[[Moved], None] = lambda moved: None) -> Moved:
    """Move all there is; ``told`` after each file how far it is. Raises Unavailable, OutOfSpace: then run it again."""
    moved = Moved()
    for name, content_type, size in waiting(places, to):
        try:
            if to == "gcs":
                _to_bucket(places, name, content_type)
            else:
                _to_disk(places, name)
        except Differs:
            moved.different.append(name)
        except FileNotFoundError:
            # Deleted meanwhile, by its owner.
            continue
        else:
            moved.files += 1
            moved.size += size
        told(moved)
    return moved


def _to_bucket(places: TwoPlaces, name: str, content_type: str) -> None:
    path = Path(places.disk.path(name))
    if places.bucket.find(name) is None:
        with path.open("rb") as file:
            places.bucket.save(name, File(file))
    if not digest(path).is_of(places.bucket.known(name)):
        raise Differs(name)
    places.bucket.label(name, content_type)
    places.disk.delete(name)
    _ensure_wanted(places, name)


def _to_disk(places: TwoPlaces, name: str) -> None:
    blob = places.bucket.known(name)
    if not places.disk.exists(name):
        with storage.workshop("move") as folder:
            copy = folder / "copy"
            with storage.refusing_without_space():
                places.bucket.download(name, copy, meanwhile=lambda: None)
            _onto_disk_for_good(copy)
            with copy.open("rb") as file:
                places.disk.save(name, storage.Moved(file, name=str(copy)))
            _onto_disk_for_good(Path(places.disk.path(name)).parent)
    if not digest(Path(places.disk.path(name))).is_of(blob):
        raise Differs(name)
    places.bucket.delete(name)
    _ensure_wanted(places, name)


def _ensure_wanted(places: TwoPlaces, name: str) -> None:
    """A movie that was deleted while it was copied took one file with it, and left the other."""
    rows: list[QuerySet[Any]] = [
        Movie.objects.filter(Q(file=name) | Q(poster=name)),
        *(kind.objects.filter(file=name) for kind in (Previews, Rendition, Subtitle)),
    ]
    if not any(found.exists() for found in rows):
        places.delete(name)


def digest(path: Path) -> Digest:
    crc, md5, size = 0, hashlib.md5(usedforsecurity=False), 0
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            crc = google_crc32c.extend(crc, block)
            md5.update(block)
            size += len(block)
    encoded = (base64.b64encode(checksum).decode() for checksum in (crc.to_bytes(4), md5.digest()))
    return Digest(size, *encoded)


def _onto_disk_for_good(path: Path) -> None:
    """What the system holds in memory still, of a file or a folder, would be lost with the power."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def lock_path() -> Path:
    """Locked by a move while it runs."""
    lock: Path = settings.DATA / "move_media.lock"
    return lock
