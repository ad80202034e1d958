"""gcp-storage-emulator, with what browsers and our own code need of Google Cloud Storage beyond it.

- several requests at once: a browser opens connections that it says nothing on for a while
- HTTP/1.1, HEAD, and CORS as Google's JSON API answers any page
  (https://cloud.google.com/storage/docs/cross-origin#server-side-support)
- ``ifGenerationMatch=0``: never over an object that is there
- sessions: of a chunk whose sender left whole 256 KiB are kept; one that holds nothing yet says so; one that is through
  answers 200 to who asks again; one can be called off (499)
- files of any size: none is held in memory (``bucket``, ``sessions``)

Prints nothing; ends with its process. Run by `scripts/services start gcs`.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import threading
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from gcp_storage_emulator.handlers.buckets import create_bucket
from gcp_storage_emulator.server import RequestHandler, Router

from scripts.gcs.bucket import Bucket, Taken
from scripts.gcs.sessions import BLOCK, Misplaced

QUANTUM = 256 * 1024
SESSIONS = "/upload/storage/v1/b/"
EXPOSED = "Content-Length, Content-Range, Content-Type, Date, Location, Range, Server, X-GUploader-UploadID"


class Answer:
    """What is written, in the pieces that it is written in: the head comes first. Nothing large is copied."""

    def __init__(self) -> None:
        self.pieces: list[bytes | memoryview] = []

    def write(self, piece: bytes | memoryview) -> int:
        self.pieces.append(piece)
        return len(piece)

    def flush(self) -> None:
        """It is sent when all is written."""


class Handler(RequestHandler):  # type: ignore[misc]
    protocol_version = "HTTP/1.1"
    wfile: Any
    # The emulator's storage is for one thread at a time. Bodies are read before their turn comes, and answers are
    # written after it: a player reads as slowly as it likes.
    turn = threading.Lock()

    def do_OPTIONS(self) -> None:
        self._answer(200)

    def do_HEAD(self) -> None:
        self._route("GET", head_only=True)

    def do_GET(self) -> None:
        self._route("GET")

    def do_POST(self) -> None:
        self._route("POST")

    def do_PUT(self) -> None:
        self._route("PUT")

    def do_PATCH(self) -> None:
        self._route("PATCH")

    def do_DELETE(self) -> None:
        self._route("DELETE")

    def _route(self, method: str, head_only: bool = False) -> None:
        answer, client = Answer(), self.wfile
        with tempfile.SpooledTemporaryFile(BLOCK, dir=self.storage.get_storage_base()) as body:
            self._take_body(int(self.headers.get("Content-Length") or 0), body)
            self.wfile, self.rfile = answer, body
            try:
                self._handle(method)
            finally:
                self.wfile, self.rfile = client, self._requests
        for piece in answer.pieces[:1] if head_only else answer.pieces:
            self.wfile.write(piece)

    def _handle(self, method: str) -> None:
        address = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(address.query).items()}
        session = query.get("upload_id", "") if address.path.startswith(SESSIONS) else ""
        if session and method in ("POST", "PUT"):
            self._go_on(session, only_new=query.get("ifGenerationMatch") == "0")
            return
        with self.turn:
            if method == "DELETE" and session:
                self.storage.end_session(session)
                self._answer(499)
                return
            self.storage.only_new = query.get("ifGenerationMatch") == "0"
            try:
                Router(self).handle(method)
            except Taken:
                self._refuse(412, "conditionNotMet")

    def _go_on(self, name: str, *, only_new: bool) -> None:
        """What came for a session."""
        with self.turn:
            if name in self.storage.finished:
                self._answer(200, self.storage.finished[name])
                return
            session = self.storage.session(name)
        if session is None:
            self._refuse(404, "notFound")
            return
        try:
            # A large chunk takes its time; only those for the same session wait.
            is_all = session.take(self.headers.get("Content-Range"), self.rfile)
        except Misplaced as misplaced:
            self._refuse(400, str(misplaced))
            return
        if not is_all:
            self._answer(308, head={"Range": f"bytes=0-{session.size - 1}"} if session.size else {})
            return
        with self.turn:
            self.storage.only_new = only_new
            try:
                # Meanwhile another request may have made it whole, or called it off.
                if self.storage.session(name) is session:
                    self.storage.finish_session(name, session)
            except Taken:
                self._refuse(412, "conditionNotMet")
                return
            if name in self.storage.finished:
                self._answer(200, self.storage.finished[name])
            else:
                self._refuse(404, "notFound")

    def _take_body(self, length: int, body: Any) -> None:
        """Read it, so that the emulator, whose turn comes then, waits for no sender."""
        left = length
        try:
            while left and (block := self._requests.read(min(BLOCK, left))):
                body.write(block)
                left -= len(block)
        except OSError:
            self.close_connection = True
        if left:
            self.close_connection = True
            body.truncate(body.tell() // QUANTUM * QUANTUM)
        body.seek(0)

    def setup(self) -> None:
        super().setup()
        self._requests: Any = self.rfile

    def _refuse(self, status: int, message: str) -> None:
        self._answer(status, {"error": {"code": status, "message": message}})

    def _answer(self, status: int, content: dict[str, Any] | None = None, head: dict[str, str] | None = None) -> None:
        body = b"" if content is None else json.dumps(content).encode()
        self.send_response(status)
        for name, value in (head or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def end_headers(self) -> None:
        if origin := self.headers.get("Origin"):
            self.send_header("Access-Control-Allow-Origin", origin)
            self.send_header("Access-Control-Expose-Headers", EXPOSED)
            self.send_header("Access-Control-Allow-Methods", "GET, HEAD, PUT, POST, DELETE")
            self.send_header("Access-Control-Allow-Headers", "Content-Type, Content-Range")
            self.send_header("Vary", "Origin")
        super().end_headers()


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whose client left needs no traceback in the log; what else goes wrong the emulator has logged."""


def write_key(path: Path, address: str) -> None:
    """A key file as Google's console gives them out, to sign URLs with. No token is ever asked for with it."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    named = {
        "type": "service_account",
        "project_id": "watchparty",
        "private_key_id": "1",
        "private_key": pem,
        "client_email": "watchparty@watchparty.iam.gserviceaccount.com",
        "client_id": "1",
        "token_uri": f"{address}/token",
    }
    path.touch(mode=0o600)
    path.write_text(json.dumps(named))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", required=True)
    parser.add_argument("--bucket", required=True)
    parser.add_argument("--key", type=Path, required=True, help="written if it isn't there")
    given = parser.parse_args()
    if not given.key.exists():
        write_key(given.key, f"http://127.0.0.1:{given.port}")
    storage = Bucket(given.data)
    if storage.get_bucket(given.bucket) is None:
        create_bucket(given.bucket, storage)
        # What is deleted is gone: kept for a week, it would fill the disk.
        storage.buckets[given.bucket]["softDeletePolicy"] = {"retentionDurationSeconds": "0"}
    Server(("127.0.0.1", given.port), partial(Handler, storage)).serve_forever()


if __name__ == "__main__":
    main()
