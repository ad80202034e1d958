"""What auditing adds to a write: `python -m benchmarks.audit.cost WRITES`, on what the environment names.

In one process, each write by turns with and without the receivers, so that both have the same neighbours.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from uuid import uuid4

import django

from benchmarks.audit import figures

WARM = 10


@contextmanager
def unheard() -> Iterator[None]:
    """The audit trail doesn't listen to the apps' signals; who else does, goes on."""
    from audit.receivers.hearing import heard

    kept = {signal: signal.receivers for signal in heard}
    for signal in kept:
        signal.receivers = [each for each in signal.receivers if not str(each[0][0]).startswith("audit.")]
        signal.sender_receivers_cache.clear()
    try:
        yield
    finally:
        for signal, receivers in kept.items():
            signal.receivers = receivers
            signal.sender_receivers_cache.clear()


def by_turns(write: Callable[[], object], times: int, warm: int = WARM) -> dict[str, float]:
    """So many of each kind that count, after some that don't."""
    taken: dict[bool, list[float]] = {True: [], False: []}
    for audited in figures.turns(times + warm):
        with nullcontext() if audited else unheard():
            began = time.perf_counter()
            write()
            taken[audited].append((time.perf_counter() - began) * 1e3)
    return figures.added(taken[True][warm:], taken[False][warm:])


def writes() -> dict[str, Callable[[], None]]:
    from rest_framework.test import APIClient

    from accounts.models import User
    from accounts.services import issue_tokens

    user = User.objects.create_user(username=f"u{uuid4().hex[:12]}", email=f"{uuid4().hex}@example.org")
    client = APIClient(SERVER_NAME="localhost")
    tokens = issue_tokens(user=user, user_agent="figures", ip="127.0.0.1")
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens.access}")

    def room() -> None:
        answer = client.post("/api/v1/rooms/", {"name": "Figures", "visibility": "unlisted"}, format="json")
        assert answer.status_code == 201, answer.content

    def profile() -> None:
        answer = client.patch("/api/v1/users/me/", {"display_name": uuid4().hex[:12]}, format="json")
        assert answer.status_code == 200, answer.content

    return {"POST rooms/": room, "PATCH users/me/": profile}


def main() -> None:
    django.setup()
    for name, write in writes().items():
        print(json.dumps({"write": name} | by_turns(write, int(sys.argv[1]))), flush=True)


if __name__ == "__main__":
    main()
