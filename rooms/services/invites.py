"""Links that let people in."""

from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import mail
from accounts.models import User
from accounts.services import create_guest
from rooms import codes, links, signals
from rooms.access import Standing, standing
from rooms.models import Invite, Membership, Room
from rooms.selectors import invite_by_token, is_banned_device, no_such_invite, unspent
from rooms.services.members import take_seat
from watchparty import limits
from watchparty.errors import Forbidden, NotFound

GOOD_FOR = timedelta(days=7)


def create_invite(
    *,
    by: User,
    room: Room,
    email: str | None = None,
    max_uses: int | None = None,
    expires_in: timedelta | None = GOOD_FOR,
    origin: str = "",
) -> tuple[Invite, str]:
    """An invite and its token, which is kept nowhere: hand it on now. Hosts and moderators.

    With ``email`` the link is mailed; ``origin`` is what it begins with where no PUBLIC_URL is set. ``expires_in``
    None is for ever, ``max_uses`` None as often as wanted. Raises Forbidden, NotFound, RateLimited.
    """
    limits.spend("INVITE", "create", str(by.pk))
    token = codes.new_token()
    with transaction.atomic():
        who = standing(room, by, lock=True)
        who.require_moderator()
        invite = Invite.objects.create(
            room=who.room,
            token_hash=codes.fingerprint(token),
            email=email or None,
            max_uses=max_uses,
            created_by=by,
            expires_at=None if expires_in is None else timezone.now() + expires_in,
        )
        signals.invite_created.send(Invite, room=who.room, by=by, invite=invite)
        if invite.email:
            context = {
                "room": who.room.name,
                "inviter": by.name,
                "url": links.invite_page(token, origin),
                "expires_at": invite.expires_at,
            }
            mail.send("invite", invite.email, context)
    return invite, token


def revoke_invite(*, by: User, invite: Invite) -> None:
    """The link stops working; who came by it stays. Raises Forbidden, NotFound (also when it was revoked before)."""
    with transaction.atomic():
        who = standing(invite.room, by, lock=True)
        who.require_moderator()
        if not Invite.objects.filter(pk=invite.pk, revoked_at=None).update(revoked_at=timezone.now()):
            raise NotFound(_("There is no such invite."))
        signals.invite_revoked.send(Invite, room=who.room, by=by, invite=invite)


def accept_invite(*, by: User, token: str, asker: str) -> Membership:
    """Come in by a link, without the room's password. Costs a use only for who isn't in the room yet.

    ``asker`` as for ``preview_invite``. Raises NotFound (expired, revoked, used up, unknown), Forbidden (banned),
    Conflict (full), RateLimited.
    """
    invite = preview_invite(token=token, asker=asker)
    with transaction.atomic():
        who = standing(invite.room, by, lock=True)
        if by.is_guest and not who.ever_member:
            raise Forbidden(_("A guest is good for one room only: register an account to join others."), code="guest")
        if who.role is None and not who.banned:
            _use(invite, who)
        seat = take_seat(who, by, invite=invite)
        if who.role is None:
            signals.invite_accepted.send(Invite, room=who.room, by=by, user=by, invite=invite)
    return seat


def admit_guest(*, token: str, display_name: str, address: str, device: str = "") -> tuple[User, Room]:
    """A new guest in the invite's room, by a ``device`` (``rooms.devices``). The caller signs them in.

    Guests are accounts, and an invite may be good for any number of uses: so they are counted against
    RATE_LIMIT_INVITE by the ``address`` that asks. Never by who asks (each new guest is somebody else) nor by invite
    (one link may be for hundreds).

    Raises what ``accept_invite`` raises, and Forbidden where the room takes no guests.
    """
    invite = preview_invite(token=token, asker=address)
    with transaction.atomic():
        if not Room.objects.select_for_update().get(pk=invite.room_id).allow_guests:
            raise Forbidden(_("This room takes no guests: sign in or register to join."), code="no_guests")
        if is_banned_device(invite.room, device):
            raise Forbidden(_("You are banned from this room."), code="banned")
        limits.spend("INVITE", "guest-from", address)
        guest = create_guest(display_name=display_name)
        who = standing(invite.room, guest, lock=True)
        _use(invite, who)
        take_seat(who, guest, invite=invite, device=device)
        signals.invite_accepted.send(Invite, room=who.room, by=guest, user=guest, invite=invite)
        signals.guest_admitted.send(Membership, room=who.room, by=guest, user=guest, invite=invite)
    return guest, who.room


def preview_invite(*, token: str, asker: str) -> Invite:
    """The invite that a token opens, with its room. ``asker`` is the user's id or, for nobody, the address.

    Only misses are counted against RATE_LIMIT_INVITE: a whole party may come from one address.
    Raises NotFound, RateLimited.
    """
    limits.ensure_left("INVITE", "miss", asker)
    try:
        return invite_by_token(token)
    except NotFound:
        limits.spend("INVITE", "miss", asker)
        raise


def _use(invite: Invite, who: Standing) -> None:
    """Count one use, or refuse: the UPDATE's own condition decides between those who come at the same moment."""
    open_still = who.room.closed_at is None
    if not open_still or not unspent().filter(pk=invite.pk).update(uses=F("uses") + 1):
        raise no_such_invite()
