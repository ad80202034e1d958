"""Rooms full of people for a load generator, and their removal."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Session, User
from accounts.tokens import mint_access
from rooms import codes
from rooms.models import Membership, Room
from sync import notices

LIFETIME = timedelta(hours=1)
BATCH = 500


@dataclass(frozen=True, slots=True)
class BenchRoom:
    """A room's code and the access tokens of who is in it, the host's first."""

    room: str
    users: list[str]


def seed_bench(*, rooms: int, participants: int) -> list[BenchRoom]:
    """So many rooms with so many members each, whose tokens are good for an hour. Nothing is hashed: they can't sign
    in, so 1,000 of them take no longer than their rows.
    """
    run, unusable = secrets.token_hex(4), make_password(None)
    expires_at = timezone.now() + LIFETIME
    made: list[BenchRoom] = []
    people = [
        User(username=f"{codes.BENCH_PREFIX}{run}-{number}", display_name=f"Bench {number}", password=unusable)
        for number in range(rooms * participants)
    ]
    sessions = [
        Session(user=user, kind=Session.Kind.API, user_agent="seed_bench", expires_at=expires_at) for user in people
    ]
    with transaction.atomic():
        User.objects.bulk_create(people, batch_size=BATCH)
        Session.objects.bulk_create(sessions, batch_size=BATCH)
        for number in range(rooms):
            inside = slice(number * participants, (number + 1) * participants)
            room = Room.objects.create(
                code=codes.new_bench_code(),
                name=f"{codes.BENCH_PREFIX}{run}-{number}",
                owner=people[inside][0],
                visibility=Room.Visibility.UNLISTED,
                capacity=max(participants, 100),
            )
            seats = [Membership(room=room, user=user) for user in people[inside]]
            seats[0].role = Membership.Role.HOST
            Membership.objects.bulk_create(seats, batch_size=BATCH)
            tokens = [mint_access(session, lifetime=LIFETIME) for session in sessions[inside]]
            made.append(BenchRoom(room.code, tokens))
    return made


def bench_rooms() -> QuerySet[Room]:
    """By their codes, which nobody can choose: a room may well be named like one of these."""
    return Room.objects.filter(code__startswith=codes.BENCH_PREFIX)


def bench_users() -> QuerySet[User]:
    return User.objects.filter(memberships__room__in=bench_rooms(), username__startswith=codes.BENCH_PREFIX).distinct()


def remove_bench() -> None:
    """Whatever their age: sockets that are still open are closed as with any room."""
    with transaction.atomic():
        for room_id in bench_rooms().values_list("pk", flat=True):
            notices.room_closed(str(room_id))
        people = list(bench_users().values_list("pk", flat=True))
        bench_rooms().delete()
        for start in range(0, len(people), BATCH):
            User.objects.filter(pk__in=people[start : start + BATCH]).delete()
