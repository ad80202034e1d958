"""A client of the resumable protocol (api.md, ``POST uploads/``) that goes on after whatever happens to it."""

from collections.abc import Callable, Iterator
from time import monotonic, sleep
from typing import Any
from urllib.parse import urlsplit

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

    ``at``: called once, when the byte ``when`` is on its way. ``bucket``: of what lies before the bucket, where the
    server has one and opens sessions there.
    """

    def __init__(
        self,
        url: str,
        access: Callable[[], str],
        film: Film,
        *,
        when: int,
        at: Callable[[], None],
        seconds: float,
        bucket: str = "",
    ) -> None:
        self.interruptions = 0
        self._film, self._access, self._when, self._at = film, access, when, at
        self._deadline = monotonic() + seconds
        self._http = httpx.Client(base_url=f"{url}/api/v1/", timeout=REQUEST_SECONDS)
        # A bucket's session knows no tokens.
        self._takes = httpx.Client(base_url=bucket, timeout=REQUEST_SECONDS) if bucket else self._http

    def send(self, chunk: int | None = None) -> str:
        """The movie's id, once all is there. ``chunk`` in bytes, by default as the server says. Raises GivenUp."""
        announced = {"filename": "film.mp4", "size": self._film.size, "title": "Benchmark"}
        upload = self._asked("POST", "uploads/", json=announced).json()
        have, path, length = 0, f"uploads/{upload['id']}/", chunk or int(upload["chunk_size"])
        session = (
            path
            if self._takes is self._http
            else urlsplit(upload["upload_url"])._replace(scheme="", netloc="").geturl()
        )
        while True:
            answer = self._chunk(session, have, min(have + length, self._film.size)) if have < self._film.size else None
            if answer is None or answer.status_code in LATER:
                # The server may be at the end of what was cut off; a client doesn't hurry it.
                sleep(LOOK_SECONDS)
                self.interruptions += 1
                asked = {"Content-Range": f"bytes */{self._film.size}"}
                answer = self._asked("PUT", session, by=self._takes, headers=asked)
            if answer.status_code == httpx.codes.OK:
                if session != path:
                    answer = self._asked("POST", f"{path}complete/")
                return str(answer.json()["id"])
            have = int(answer.headers.get("Range", "bytes=0--1").removeprefix("bytes=0-")) + 1

    def close(self) -> None:
        self._http.close()
        self._takes.close()

    def _chunk(self, path: str, first: int, end: int) -> httpx.Response | None:
        """What is answered to it; None if the connection broke."""
        headers = {
            "Content-Range": f"bytes {first}-{end - 1}/{self._film.size}",
            "Content-Length": str(end - first),
        }
        try:
            answer = self._takes.put(path, content=self._pieces(first, end), headers=headers)
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

    def _asked(self, method: str, path: str, by: httpx.Client | None = None, **options: Any) -> httpx.Response:
        """Until it is answered."""
        while monotonic() < self._deadline:
            try:
                answer = (by or self._http).request(method, path, **options)
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
