"""Who may see, enter and change what. The one place for these rules: REST, pages and the socket all ask here.

A private room looks absent to everybody who isn't in it. Who was once its member knows that it exists, so the socket
tells them that they are out (4403) instead of pretending (4404).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from accounts.models import User
from rooms.models import Ban, Membership, Room
from sync.commands import may_control
from watchparty.errors import Forbidden, NotFound
from watchparty.prepared import Prepared

Role = Membership.Role

OWNER_RANK = 4
RANKS: dict[str, int] = {Role.GUEST: 0, Role.MEMBER: 1, Role.MODERATOR: 2, Role.HOST: 3}


class Verdict(Enum):
    """Whether somebody may be in a room, and if not, why."""

    ADMITTED = "admitted"
    ABSENT = "absent"  # as if there were no such room
    CLOSED = "closed"
    BANNED = "banned"
    KICKED = "kicked"
    NOT_MEMBER = "not_member"


@dataclass(frozen=True, slots=True)
class Standing:
    """What somebody is to a room. ``role`` is None for who is not in it now."""

    room: Room
    user_id: UUID
    role: str | None
    ever_member: bool
    kicked: bool
    banned: bool
    muted: bool = False
    # A host let them play and pause, whatever their role.
    granted: bool = False
    # Staff who may change rooms act in every room, member or not. They are no exception where rooms are read.
    steward: bool = False

    @property
    def is_owner(self) -> bool:
        return self.room.owner_id == self.user_id

    @property
    def rank(self) -> int:
        if self.role is None:
            return -1
        return OWNER_RANK if self.is_owner else RANKS[self.role]

    @property
    def verdict(self) -> Verdict:
        if self.room.visibility == Room.Visibility.PRIVATE and not self.ever_member:
            return Verdict.ABSENT
        if self.room.closed_at is not None:
            return Verdict.CLOSED
        if self.banned:
            return Verdict.BANNED
        if self.role is not None:
            return Verdict.ADMITTED
        return Verdict.KICKED if self.kicked else Verdict.NOT_MEMBER

    @property
    def sees(self) -> bool:
        """May know of the room: its members always, others unless it is private. A closed one is gone for all."""
        if self.room.closed_at is not None:
            return False
        return self.room.visibility != Room.Visibility.PRIVATE or self.verdict is Verdict.ADMITTED

    @property
    def controls(self) -> bool:
        """May play, pause, seek and load, hence also order the queue."""
        return self.role is not None and (self.granted or may_control(self.role, self.room.control))

    @property
    def moderates(self) -> bool:
        return self.rank >= RANKS[Role.MODERATOR]

    @property
    def hosts(self) -> bool:
        return self.rank >= RANKS[Role.HOST]

    def require_seen(self) -> None:
        if not self.sees:
            raise no_such_room()

    def require_member(self) -> None:
        self.require_seen()
        if self.verdict is not Verdict.ADMITTED:
            raise Forbidden(_("Only members of the room may do this: join it first."), code=self.verdict.value)

    def require_moderator(self) -> None:
        if self.steward:
            return
        self.require_member()
        if not self.moderates:
            raise Forbidden(_("Only the hosts and moderators of the room may do this."))

    def require_grantor(self) -> None:
        """Who may let others control: moderators where they may control themselves, hosts always."""
        self.require_moderator()
        if not self.steward and not self.hosts and self.room.control == Room.Control.HOST:
            raise Forbidden(_("Only a host of the room may do this."))

    def require_host(self) -> None:
        if self.steward:
            return
        self.require_member()
        if not self.hosts:
            raise Forbidden(_("Only a host of the room may do this."))

    def require_owner(self) -> None:
        if self.steward:
            return
        self.require_member()
        if not self.is_owner:
            raise Forbidden(_("Only the owner of the room may do this."))

    def require_above(self, other: "Standing") -> None:
        """Nobody acts on their equals or betters: moderators on members and guests, hosts on moderators too, the
        owner on everybody, and nobody on the owner.
        """
        self.require_moderator()
        if other.is_owner:
            raise Forbidden(_("The owner of the room can't be removed, banned or demoted."), code="owner")
        if not self.steward and self.rank <= other.rank:
            raise Forbidden(_("Your role in the room must be above theirs for this."), code="rank")


def no_such_room() -> NotFound:
    """The same answer for rooms that don't exist and for those that the asker may not know of."""
    return NotFound(_("There is no such room."))


def with_standing(rooms: QuerySet[Room], user: User | UUID) -> QuerySet[Room]:
    """Annotate rooms with what ``user`` is to them, for ``standing_in``. No further query."""
    mine = Membership.objects.filter(room=OuterRef("pk"), user=user)
    return rooms.annotate(
        my_role=Subquery(mine.values("role")[:1]),
        my_state=Subquery(mine.values("state")[:1]),
        my_mute=Subquery(mine.values("muted")[:1]),
        my_grant=Subquery(mine.values("may_control")[:1]),
        my_ban=Exists(Ban.objects.filter(room=OuterRef("pk"), user=user)),
    )


def standing_in(room: Room, user: User) -> Standing:
    """The standing from a room that came by ``with_standing`` or ``standing_by_code``."""
    annotated = vars(room)
    state: str | None = annotated["my_state"]
    # Truth is 0 or 1 where the row came by a prepared query from SQLite.
    banned = bool(annotated["my_ban"])
    active = state == Membership.State.ACTIVE and not banned
    return Standing(
        room=room,
        user_id=user.pk,
        role=annotated["my_role"] if active else None,
        ever_member=state is not None,
        kicked=state == Membership.State.KICKED,
        banned=banned,
        muted=bool(annotated["my_mute"]),
        granted=active and bool(annotated["my_grant"]),
    )


def standing(room: Room, user: User, *, lock: bool = False) -> Standing:
    """What ``user`` is to ``room`` now, read afresh (the room's own fields as well). Raises NotFound.

    With ``lock`` other changes of the room wait for the end of the transaction (SQLite locks as it begins).
    """
    rooms = Room.objects.select_for_update() if lock else Room.objects.all()
    found = with_standing(rooms.filter(pk=room.pk), user).first()
    if found is None:
        raise no_such_room()
    steward = user.is_staff and user.has_perm("rooms.change_room")
    return replace(standing_in(found, user), steward=steward)


def _room_by_code(*, code: str, user_id: UUID) -> QuerySet[Room]:
    return with_standing(Room.objects.filter(code=code), user_id)


_by_code = Prepared(_room_by_code, code=str, user_id=UUID)


def standing_by_code(code: str, user: User) -> Standing:
    """What ``user`` is to the room with that code, visible or not. Raises NotFound when there is none."""
    (found,) = standings_by_code([(code, user)])
    if found is None:
        raise no_such_room()
    return found


def standings_by_code(asked: Sequence[tuple[str, User]]) -> list[Standing | None]:
    """The same for many pairs of code and user, in one query; None where there is no such room."""
    # What PostgreSQL can't even be asked for (NUL, half a character) is no room's code, and must not fail the others.
    codes = [code.lower() if code.isprintable() else "" for code, _ in asked]
    rooms = _by_code.each([{"code": code, "user_id": user.pk} for code, (_, user) in zip(codes, asked, strict=True)])
    return [None if room is None else standing_in(room, who) for room, (_code, who) in zip(rooms, asked, strict=True)]
