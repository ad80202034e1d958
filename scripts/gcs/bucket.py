"""What the emulator keeps, in files that it doesn't hold in memory."""

from __future__ import annotations

import hashlib
import mmap
from pathlib import Path
from typing import Any

from gcp_storage_emulator.exceptions import NotFound
from gcp_storage_emulator.storage import Storage

from scripts.gcs.sessions import Session


class Taken(Exception):
    """There is an object of that name."""


class Bucket(Storage):  # type: ignore[misc]  # the emulator has no types
    def __init__(self, folder: str) -> None:
        super().__init__(data_dir=folder)
        self.only_new = False
        self.finished: dict[str, Any] = {}
        self._sessions: dict[str, Session] = {}
        self._coming = Path(folder) / "coming"
        self._coming.mkdir(exist_ok=True)

    def create_file(self, bucket: str, name: str, content: bytes, resource: Any) -> None:
        self._make_way(bucket, name)
        super().create_file(bucket, name, content, resource)

    def get_file(self, bucket: str, name: str, show_error: bool = True) -> memoryview:
        """Its bytes, none of which is read before somebody wants it."""
        try:
            with self._path(bucket, name).open("rb") as file:
                return memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
        except (FileNotFoundError, IsADirectoryError):
            raise NotFound from None
        except ValueError:
            return memoryview(b"")  # nothing can't be mapped

    def session(self, name: str) -> Session | None:
        if name not in self.resumable:
            return None
        if name not in self._sessions:
            self._sessions[name] = Session(self._coming / hashlib.sha256(name.encode()).hexdigest())
        return self._sessions[name]

    def finish_session(self, name: str, session: Session) -> None:
        """Make an object of what has come."""
        resource = self.resumable[name]
        self._make_way(resource["bucket"], resource["name"])
        resource |= session.sums() | {"size": str(session.size)}
        resource["etag"] = resource["md5Hash"]
        path = self._path(resource["bucket"], resource["name"])
        path.parent.mkdir(parents=True, exist_ok=True)
        session.path.replace(path)
        self.objects.setdefault(resource["bucket"], {})[resource["name"]] = resource
        self.finished[name] = resource
        self.end_session(name)

    def end_session(self, name: str) -> None:
        if (session := self.session(name)) is not None:
            session.path.unlink(missing_ok=True)
            del self._sessions[name], self.resumable[name]
            self._write_config_to_file()

    def _make_way(self, bucket: str, name: str) -> None:
        """Raises Taken. What is written over may be mapped still, so it isn't cut short but replaced."""
        if self.only_new and name in self.objects.get(bucket, {}):
            raise Taken
        self._path(bucket, name).unlink(missing_ok=True)

    def _path(self, bucket: str, name: str) -> Path:
        path: Path = self._store._disk_path(self._object_path(bucket, name))
        return path
