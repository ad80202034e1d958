"""One connection to an ImmuDB server, by immudb-py's generated calls and without its client.

That client speaks plain text only, waits for ever unless told otherwise, isn't safe across threads, and takes the
server's word for the trusted state when it signs in (`currentState`). Here every call has a time-out, TLS can be had,
who was forgotten by a restarted server signs in again, and what is trusted is nowhere near.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import grpc
from django.conf import settings
from immudb.grpc import schema_pb2 as messages
from immudb.grpc import schema_pb2_grpc

from audit.ledger.address import Address
from audit.ledger.port import LedgerUnavailable

SECONDS = 10
LARGEST_MESSAGE = 64 * 1024 * 1024
OPTIONS = [
    ("grpc.max_receive_message_length", LARGEST_MESSAGE),
    ("grpc.max_send_message_length", LARGEST_MESSAGE),
    # A server that comes back is found again soon; gRPC itself would wait up to two minutes.
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 1000),
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.enable_http_proxy", 0),
]
# What the server says to a token that it gave before it was started anew, or that has run out.
FORGOTTEN = ("not logged in", "please select a database first", "invalid token", "token has expired")
# On its way down.
CLOSING = "already closed"
AWAY = (
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.CANCELLED,
)


# Said of something that we know to have been there. Any other refusal (a right that was taken away, a full disk, a
# limit of the server's) says nothing about what it holds.
TAMPERED = ("tx not found", "key not found", "corrupt", "illegal state", "illegal database state", "EOF")


class Refused(Exception):
    """The server answered, and said no. ``text`` is what it said."""

    def __init__(self, code: grpc.StatusCode, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text

    @property
    def proves_tampering(self) -> bool:
        """If what was asked for had been proved to be there before."""
        return any(said in self.text for said in TAMPERED)


class Link:
    def __init__(self, address: Address, seconds: float = SECONDS) -> None:
        self.address = address
        self._seconds = seconds
        self._token: str | None = None
        self._signing_in = threading.Lock()

    def call(self, name: str, request: Any) -> Any:
        """One call of the database. Raises LedgerUnavailable, Refused."""
        token = self._token or self._sign_in(None)
        try:
            return self._send(name, request, token)
        except Refused as refusal:
            if not _has_forgotten(refusal):
                raise
        return self._send(name, request, self._sign_in(token))

    def begin(self, name: str, request: Any) -> Callable[[], Any]:
        """Send one; what waits for its answer. Both raise LedgerUnavailable, Refused.

        Where there is nothing to do meanwhile `call` is faster: gRPC has a thread for what is under way.
        """
        token = self._token or self._sign_in(None)
        under_way = getattr(self._stub, name).future(request, timeout=self._seconds, metadata=_metadata(token))

        def answer() -> Any:
            try:
                with _translated():
                    return under_way.result()
            except Refused as refusal:
                if not _has_forgotten(refusal):
                    raise
            return self._send(name, request, self._sign_in(token))

        return answer

    def close(self) -> None:
        self._channel.close()

    @cached_property
    def _channel(self) -> grpc.Channel:
        target = f"{self.address.host}:{self.address.port}"
        if self.address.tls:
            # Without one of ours those that gRPC brings along are trusted.
            authority = settings.IMMUDB_CA.encode() or None
            return grpc.secure_channel(target, grpc.ssl_channel_credentials(authority), OPTIONS)
        return grpc.insecure_channel(target, OPTIONS)

    @cached_property
    def _stub(self) -> Any:
        return schema_pb2_grpc.ImmuServiceStub(self._channel)

    def _sign_in(self, stale: str | None) -> str:
        """A new token, unless another thread has got one since. The database is made if it isn't there."""
        with self._signing_in:
            if self._token is not None and self._token != stale:
                return self._token
            user, password = self.address.user.encode(), self.address.password.encode()
            try:
                general = self._send("Login", messages.LoginRequest(user=user, password=password), None).token
            except Refused as refusal:
                # A setting of ours is wrong, which says nothing about the ledger.
                raise LedgerUnavailable(f"ImmuDB: {refusal.text}") from refusal
            name = self.address.database
            wanted = messages.Database(databaseName=name)
            try:
                chosen = self._send("UseDatabase", wanted, general)
            except Refused:
                self._send("CreateDatabaseV2", messages.CreateDatabaseRequest(name=name, ifNotExists=True), general)
                chosen = self._send("UseDatabase", wanted, general)
            self._token = str(chosen.token)
            return self._token

    def _send(self, name: str, request: Any, token: str | None) -> Any:
        with _translated():
            return getattr(self._stub, name)(request, timeout=self._seconds, metadata=_metadata(token))


def _metadata(token: str | None) -> list[tuple[str, str]]:
    return [("authorization", f"Bearer {token}")] if token else []


def _has_forgotten(refusal: Refused) -> bool:
    return any(text in refusal.text for text in FORGOTTEN)


@contextmanager
def _translated() -> Iterator[None]:
    """gRPC's errors as LedgerUnavailable and Refused."""
    try:
        yield
    except grpc.RpcError as error:
        if error.code() in AWAY or CLOSING in (error.details() or ""):
            raise LedgerUnavailable(f"ImmuDB: {error.code().name}, {error.details()}") from error
        raise Refused(error.code(), error.details() or "") from error
