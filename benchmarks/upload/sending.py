"""A client of the resumable protocol (api.md, ``POST uploads/``) that goes on after whatever happens to it."""

from collections.abc import Callable, Iterator
from time import monotonic, sleep
from typing import Any

import httpx

from benchmarks.upload.content import Film

REQUEST_SECONDS = 120.0
LOOK_SECONDS = 0.2
KNOWN = 308
# Somebody else writes to it still; the server is short of something for a moment.
LATER = (httpx.codes.CONFLICT, httpx.codes.SERVICE_UNAVAILABLE)


class GivenUp(Exception):
    """What went wrong; the text is for who runs the benchmark."""


class Sender:
    """``url`` of the server, or of what lies before it. ``access``: called for a new access token.

    ``at``: called once, when the byte ``when`` is on its way.
    """

    def __init__(
        self, url: str, access: Callable[[], str], film: Film, *, when: int, at: Callable[[], None], seconds: float
    ) -> None:
        self.interruptions = 0
        self._film, self._access, self._when, self._at = film, access, when, at
        self._deadline = monotonic() + seconds
        self._http = httpx.Client(base_url=f"{url}/api/v1/", timeout=REQUEST_SECONDS)

    def send(self, chunk: int | None = None) -> str:
        """The movie's id, once all is there. ``chunk`` in bytes, by default as the server says. Raises GivenUp."""
        announced = {"filename": "film.mp4", "size": self._film.size, "title": "Benchmark"}
        upload = self._asked("POST", "uploads/", json=announced).json()
        have, path, length = 0, f"uploads/{upload['id']}/", chunk or int(upload["chunk_size"])
        while True:
            answer = self._chunk(path, have, min(have + length, self._film.size)) if have < self._film.size else None
            if answer is None or answer.status_code in LATER:
                # The server may be at the end of what was cut off; a client doesn't hurry it.
                sleep(LOOK_SECONDS)
                self.interruptions += 1
                answer = self._asked("PUT", path, headers={"Content-Range": f"bytes */{self._film.size}"})
            if answer.status_code == httpx.codes.OK:
                return str(answer.json()["id"])
            have = int(answer.headers.get("Range", "bytes=0--1").removeprefix("bytes=0-")) + 1

    def close(self) -> None:
        self._http.close()

    def _chunk(self, path: str, first: int, end: int) -> httpx.Response | None:
        """What is answered to it; None if the connection broke."""
        headers = {
            "Content-Range": f"bytes {first}-{end - 1}/{self._film.size}",
            "Content-Length": str(end - first),
        }
        try:
            answer = self._http.put(path, content=self._pieces(first, end), headers=headers)
        except httpx.TransportError:
            return None
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            self._sign_in()
            return None
        return self._known(answer)

    def _pieces(self, first: int, end: int) -> Iterator[bytes]:
        at = first
        for piece in self._film.pieces(first, end):
            yield piece
            at += len(piece)
            if at > self._when:
                self._when = self._film.size
                self._at()

    def _asked(self, method: str, path: str, **options: Any) -> httpx.Response:
        """Until it is answered."""
        while monotonic() < self._deadline:
            try:
                answer = self._http.request(method, path, **options)
            except httpx.TransportError:
                sleep(LOOK_SECONDS)
                continue
            if answer.status_code == httpx.codes.UNAUTHORIZED:
                self._sign_in()
            elif answer.status_code in LATER:
                sleep(LOOK_SECONDS)
            else:
                return self._known(answer)
        raise GivenUp("The time is over.")

    def _known(self, answer: httpx.Response) -> httpx.Response:
        if monotonic() > self._deadline:
            raise GivenUp("The time is over.")
        if answer.is_success or answer.status_code in (KNOWN, *LATER):
            return answer
        raise GivenUp(f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text[:500]}")

    def _sign_in(self) -> None:
        """Access tokens live for five minutes, an upload may take longer."""
        self._http.headers["Authorization"] = f"Bearer {self._access()}"
