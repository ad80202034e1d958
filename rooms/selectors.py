"""What is read of rooms. Those that take a user answer only what that user may see."""

from uuid import UUID

from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from movies.models import Movie
from movies.selectors import renditions_of
from rooms import codes
from rooms.access import Standing, standing_by_code, with_standing
from rooms.models import Ban, Invite, Membership, Message, QueueEntry, Room, Watched
from sync.ports import RoomSettings
from watchparty.errors import NotFound

MEMBERS = Count("memberships", filter=Q(memberships__state=Membership.State.ACTIVE), distinct=True)


def settings_of(room: Room) -> RoomSettings:
    """The room as the sync engine knows it."""
    return RoomSettings(
        id=str(room.pk),
        code=room.code,
        name=room.name,
        control=room.control,
        buffering=buffering_of(room),
        auto_next=room.auto_next,
        skip_votes=room.skip_votes,
        slow_mode=room.slow_mode,
        host_handover=room.host_handover,
    )


def buffering_of(room: Room) -> dict[str, object]:
    """``{policy, grace, timeout, percent?}``; ``percent`` only where the policy is a quorum. Times in seconds."""
    told: dict[str, object] = {
        "policy": room.buffering_policy,
        "grace": room.buffering_grace,
        "timeout": room.buffering_timeout,
    }
    if room.buffering_policy == Room.Policy.QUORUM:
        told["percent"] = room.buffering_percent
    return told


def seen_by(user: User, code: str) -> Standing:
    """The room with that code and what ``user`` is to it. Raises NotFound for absent, private and closed ones alike."""
    found = standing_by_code(code, user)
    found.require_seen()
    return found


def open_rooms() -> QuerySet[Room]:
    """The newest first, each with its ``member_count``."""
    counted = Room.objects.filter(closed_at=None).select_related("owner").annotate(member_count=MEMBERS)
    return counted.order_by("-created_at", "pk")  # counting drops the model's own order


def rooms_of(user: User) -> QuerySet[Room]:
    """The open rooms that ``user`` is in."""
    banned = Ban.objects.filter(user=user).values("room")
    mine = Membership.objects.filter(user=user, state=Membership.State.ACTIVE).exclude(room__in=banned)
    return with_standing(open_rooms().filter(pk__in=mine.values("room")), user)


def public_rooms() -> QuerySet[Room]:
    return open_rooms().filter(visibility=Room.Visibility.PUBLIC)


def listed_for(user: User) -> QuerySet[Room]:
    """Mine and the public ones."""
    mine = Membership.objects.filter(user=user, state=Membership.State.ACTIVE)
    listed = Q(visibility=Room.Visibility.PUBLIC) | Q(pk__in=mine.values("room"))
    # A private room that one is banned from is as absent here as everywhere.
    hidden = Q(pk__in=Ban.objects.filter(user=user).values("room")) & ~Q(visibility=Room.Visibility.PUBLIC)
    return with_standing(open_rooms().filter(listed).exclude(hidden), user)


def member_count(room: Room) -> int:
    return Membership.objects.filter(room=room, state=Membership.State.ACTIVE).count()


def members(room: Room) -> QuerySet[Membership]:
    return Membership.objects.filter(room=room, state=Membership.State.ACTIVE).select_related("user", "room")


def member(room: Room, user_id: UUID) -> Membership:
    """An active member. Raises NotFound."""
    found = members(room).filter(user=user_id).first()
    if found is None:
        raise NotFound(_("Nobody with that id is in this room."))
    return found


def bans(room: Room) -> QuerySet[Ban]:
    return Ban.objects.filter(room=room).select_related("user", "banned_by")


def is_banned_device(room: Room, device: str) -> bool:
    """Whether a guest who came by this device was banned."""
    return device != "" and Ban.objects.filter(room=room, device=device).exists()


def wishes(room: Room) -> QuerySet[Membership]:
    """Members who ask to control the room, the first to ask first."""
    return members(room).exclude(control_asked_at=None).order_by("control_asked_at")


def invites(room: Room) -> QuerySet[Invite]:
    """Those that haven't been revoked; expired and used up ones too."""
    return Invite.objects.filter(room=room, revoked_at=None).select_related("created_by")


def invite(room: Room, invite_id: UUID) -> Invite:
    """One that hasn't been revoked. Raises NotFound."""
    found = invites(room).select_related("room").filter(pk=invite_id).first()
    if found is None:
        raise NotFound(_("There is no such invite."))
    return found


def unspent() -> QuerySet[Invite]:
    """Not revoked, not expired, not used up. By the row's own columns only: so an UPDATE on it stays race-free."""
    return Invite.objects.filter(
        Q(expires_at=None) | Q(expires_at__gt=timezone.now()),
        Q(max_uses=None) | Q(uses__lt=F("max_uses")),
        revoked_at=None,
    )


def invite_by_token(token: str) -> Invite:
    """A usable invite with its room. Raises NotFound: expired, revoked, used up and unknown ones look the same."""
    usable = unspent().filter(room__closed_at=None).select_related("room__owner")
    found = usable.filter(token_hash=codes.fingerprint(token)).first()
    if found is None:
        raise no_such_invite()
    return found


def no_such_invite() -> NotFound:
    return NotFound(_("This invite doesn't work: it may have expired, been used up or withdrawn. Ask for a new one."))


def queue(room: Room) -> QuerySet[QueueEntry]:
    entries = QueueEntry.objects.filter(room=room).select_related("room", "added_by", "movie__owner", "movie__previews")
    return entries.prefetch_related("movie__subtitles", renditions_of("movie__"))


def queue_entry(room: Room, entry_id: UUID) -> QueueEntry:
    """Raises NotFound."""
    found = queue(room).filter(pk=entry_id).first()
    if found is None:
        raise NotFound(_("There is no such entry in this room's queue."))
    return found


def entry_of(room: Room, movie_id: UUID, *, field: str) -> QueueEntry:
    """The entry of that movie. Raises NotFound, about the ``field`` that named it."""
    found = queue(room).filter(movie=movie_id).first()
    if found is None:
        raise NotFound(_("That movie isn't in this room's queue."), field=field)
    return found


def following(room_id: UUID, movie_id: UUID) -> QueueEntry | None:
    """The next entry after that movie's that is ready to be played; of a movie that left the queue nothing follows."""
    entries = QueueEntry.objects.filter(room=room_id)
    here = entries.filter(movie=movie_id).values_list("position", flat=True).first()
    if here is None:
        return None
    return entries.filter(position__gt=here, movie__status=Movie.Status.READY).select_related("movie").first()


def watched(room: Room) -> QuerySet[Watched]:
    """What was played in the room, the newest first."""
    return Watched.objects.filter(room=room).select_related("started_by")


def messages(room_id: UUID | str) -> QuerySet[Message]:
    """The lines that still stand, in their order."""
    return Message.objects.filter(room_id=room_id, deleted_at=None)


def movies_granted(user: User) -> Q:
    """Which movies the rooms let ``user`` watch: those queued in an open room that they are in."""
    banned = Ban.objects.filter(user=user).values("room")
    mine = Membership.objects.filter(user=user, state=Membership.State.ACTIVE, room__closed_at=None)
    return Q(queue_entries__room__in=mine.exclude(room__in=banned).values("room"))
