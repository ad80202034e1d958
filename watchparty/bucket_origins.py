"""Where a page meets a bucket of Google Cloud Storage: what its Content-Security-Policy allows. Pure."""

from typing import NamedTuple
from urllib.parse import urlsplit

GOOGLE = "https://storage.googleapis.com"


class Origins(NamedTuple):
    """``files``: the origin that signed URLs lead to. ``sessions``: the address that resumable sessions lie under."""

    files: str
    sessions: str


def of_bucket(name: str, emulator: str = "") -> Origins:
    """Of the bucket at Google, or at an emulator's address."""
    api = origin(emulator) if emulator else GOOGLE
    files = f"https://{name}.storage.googleapis.com" if has_own_host(name, emulator) else api
    return Origins(files=files, sessions=f"{api}/upload/storage/v1/b/{name}/")


def has_own_host(name: str, emulator: str = "") -> bool:
    """Google's certificate is for one label below its own; an emulator has no names."""
    return not emulator and "." not in name


def origin(address: str) -> str:
    """``http://host:port`` of an address, with or without its scheme."""
    parts = urlsplit(address if "://" in address else f"http://{address}")
    return f"{parts.scheme}://{parts.netloc}"
