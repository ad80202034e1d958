"""A web server that is not ours, with files that behave as a test wants them to."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

URL = "/api/v1/movies/"
Answer = Callable[[BaseHTTPRequestHandler], None]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, *of: Any) -> None:
        super().__init__(*of)
        self.stopping = threading.Event()

    def handle_error(self, *_: Any) -> None:
        """Who asked may hang up when it has seen enough."""


@dataclass
class Elsewhere:
    """``files`` by path; ``answers`` by path take over from them. ``asked`` is what was asked for."""

    address: str = "127.0.0.1"
    files: dict[str, bytes] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    sent: int = 0

    def start(self) -> Elsewhere:
        shelf = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                shelf.asked.append(self.path)
                shelf.answers.get(self.path.partition("?")[0], shelf.send_file)(self)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = _Server((self.address, 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def stop(self) -> None:
        self.server.stopping.set()
        self.server.shutdown()
        self.server.server_close()

    def url(self, path: str = "/film.mp4", host: str = "") -> str:
        return f"http://{host or self.address}:{self.server.server_port}{path}"

    def send_file(self, request: BaseHTTPRequestHandler) -> None:
        content = self.files.get(request.path.partition("?")[0])
        if content is None:
            answer(request, 404)
            return
        span = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers["Range"])
        assert span, "only ranges are asked for"
        first, last = int(span[1]), min(int(span[2] or len(content)), len(content) - 1)
        part = content[first : last + 1]
        headers = {"Content-Type": "video/mp4", "Content-Range": f"bytes {first}-{last}/{len(content)}"} | self.headers
        answer(request, 206, part, **headers)
        self.sent += len(part)


def answer(request: BaseHTTPRequestHandler, status: int, body: bytes = b"", **headers: str) -> None:
    request.send_response(status)
    for name, value in ({"Content-Length": str(len(body))} | headers).items():
        if value:
            request.send_header(name, value)
    request.end_headers()
    request.wfile.write(body)


def redirect(to: str) -> Answer:
    return lambda request: answer(request, 302, Location=to)
