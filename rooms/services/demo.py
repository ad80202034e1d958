"""The demo: a cinema with a film, a conversation and a way in."""

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import end_all_sessions
from movies.models import Movie
from movies.services import SubtitleFile, import_file
from rooms import codes
from rooms.chat import post_line
from rooms.models import Invite, Membership, Room
from rooms.services.invites import create_invite
from rooms.services.queue import add_to_queue
from watchparty.errors import Invalid

CLIP = Path(settings.BASE_DIR) / "movies" / "demo"
SUBTITLES = (("en", "English"), ("de", "Deutsch"))
# User name, name, and what the account is for.
CAST = (("admin", "Ada", "admin"), ("alice", "Alice", "host"), ("bob", "Bob", "member"))
LABEL = "seed_demo"


@dataclass(frozen=True, slots=True)
class Account:
    username: str
    password: str
    role: str


@dataclass(frozen=True, slots=True)
class Demo:
    """``room`` is its code, ``invite`` a token."""

    room: str
    invite: str
    accounts: list[Account]


def seed_demo() -> Demo:
    """Make what is missing of the demo. Passwords and the invite are kept nowhere in clear, so each call gives new ones
    and ends the old. Raises Invalid when somebody real has one of the names, or the clip can't be played.
    """
    room = Room.objects.filter(code__startswith=codes.DEMO_PREFIX, closed_at=None).first()
    passwords = {username: codes.new_password() for username, _name, _role in CAST}
    with transaction.atomic():
        people = {username: _person(username, name, role, room) for username, name, role in CAST}
        for username, person in people.items():
            person.set_password(passwords[username])
            person.save()
            end_all_sessions(user=person)
        if room is None:
            room = _room(people)
    _film(room, people["alice"])
    with transaction.atomic():
        _talk(room, people)
        Invite.objects.filter(room=room, created_by=people["alice"], revoked_at=None).update(revoked_at=timezone.now())
        _invite, token = create_invite(by=people["alice"], room=room, expires_in=None)
    accounts = [Account(username, passwords[username], role) for username, _name, role in CAST]
    return Demo(room=room.code, invite=token, accounts=accounts)


def _person(username: str, name: str, role: str, room: Room | None) -> User:
    found = User.objects.filter(username__iexact=username).first()
    if found is None:
        admin = role == "admin"
        return User.objects.create(username=username, display_name=name, is_staff=admin, is_superuser=admin)
    if room is None or not Membership.objects.filter(room=room, user=found).exists():
        raise Invalid(_("Somebody is named %s already: the demo is for a new server.") % username, field="username")
    return found


def _room(people: dict[str, User]) -> Room:
    room = Room.objects.create(
        code=codes.new_demo_code(), name=_("Demo cinema"), owner=people["alice"], visibility=Room.Visibility.PUBLIC
    )
    roles = {"alice": Membership.Role.HOST, "admin": Membership.Role.MODERATOR, "bob": Membership.Role.MEMBER}
    Membership.objects.bulk_create(Membership(room=room, user=people[name], role=role) for name, role in roles.items())
    return room


def _film(room: Room, owner: User) -> None:
    if room.queue_entries.exists():
        return
    movie = Movie.objects.filter(owner=owner, original_name="demo.mp4", status=Movie.Status.READY).first()
    if movie is None:
        tracks = [SubtitleFile(CLIP / f"demo.{language}.vtt", language, label) for language, label in SUBTITLES]
        movie = import_file(owner=owner, path=CLIP / "demo.mp4", title=_("Demo clip"), subtitles=tracks)
    if movie.status != Movie.Status.READY:
        raise Invalid(_("The demo clip can't be played: %s") % movie.error)
    add_to_queue(by=owner, room=room, movie=movie)


def _talk(room: Room, people: dict[str, User]) -> None:
    said = (
        ("alice", _("Welcome to the demo cinema! Press play, and everybody sees the same picture.")),
        ("bob", _("Pause or seek in one window, and the other follows.")),
        ("admin", _("What happened here stands in the audit list, at /admin/.")),
    )
    for number, (username, text) in enumerate(said):
        person = people[username]
        # The same session and ids each time: a repeat takes effect once.
        post_line(
            room_id=str(room.pk),
            user_id=str(person.pk),
            name=person.name,
            participant_id=LABEL,
            session=LABEL,
            id=str(number),
            text=text,
        )
