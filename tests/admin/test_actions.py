"""What the admin does, it does by the services: sockets are told, the audit trail knows who it was."""

from collections.abc import Callable
from typing import Any
from unittest.mock import ANY

import pytest
from django.test import Client
from django.urls import reverse

from accounts import services as accounts
from accounts.models import Session, User
from accounts.tokens import verify_access
from audit.facts import Fact
from audit.models import OutboxEvent
from movies.models import Movie
from rooms import services
from rooms.models import Ban, Invite, Membership, Message, Room
from watchparty.errors import NotAuthenticated

# Notices and mails leave on commit.
pytestmark = pytest.mark.django_db(transaction=True)

Act = Callable[..., str]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """The notices to the live engine, as (name, arguments…)."""
    from sync import notices

    seen: list[tuple[Any, ...]] = []
    for name in (
        "kicked",
        "role_changed",
        "rights_changed",
        "settings_changed",
        "room_closed",
        "signed_out",
        "user_signed_out",
    ):
        monkeypatch.setattr(notices, name, lambda *args, _name=name, **named: seen.append((_name, *args)))
    monkeypatch.setattr(notices, "chat_deleted", lambda *args: seen.append(("chat_deleted", *args)))
    return seen


def last_fact() -> tuple[str, Any]:
    event = OutboxEvent.objects.latest("number")
    return event.fact, event.actor


def edit(admin: Client, row: Room | Membership | Movie | User, **fields: object) -> str:
    """Send the row's form back with these fields changed. The page that follows."""
    address = reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
    form = admin.get(address).context["adminform"].form
    sent = {name: "" if form[name].value() is None else form[name].value() for name in form.fields}
    sent = {name: value for name, value in (sent | fields).items() if value is not False}
    response = admin.post(address, sent, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def test_close_a_room(act: Act, room: Room, root: User, told: list[Any]) -> None:
    act("rooms_room", "close", room)
    room.refresh_from_db()
    assert room.closed_at is not None
    assert ("room_closed", str(room.pk)) in told
    assert last_fact() == (Fact.ROOM_CLOSED, root.pk)


def test_closing_asks_first(admin: Client, room: Room) -> None:
    page = admin.post(reverse("admin:rooms_room_changelist"), {"action": "close", "_selected_action": [str(room.pk)]})
    assert "be undone" in page.content.decode()
    room.refresh_from_db()
    assert room.closed_at is None


def test_change_a_rooms_settings(admin: Client, room: Room, root: User, told: list[Any]) -> None:
    edit(admin, room, control="host", buffering_grace="2", name="Saturday")
    room.refresh_from_db()
    assert (room.control, room.buffering_grace, room.name) == ("host", 2, "Saturday")
    assert ("settings_changed", ANY) in told
    assert last_fact() == (Fact.ROOM_CHANGED, root.pk)
    assert OutboxEvent.objects.latest("number").data == {"changed": ["buffering_grace", "control", "name"]}


def test_saving_a_room_unchanged_changes_nothing(admin: Client, room: Room, told: list[Any]) -> None:
    before = OutboxEvent.objects.count()
    edit(admin, room)
    assert OutboxEvent.objects.count() == before
    assert not told


def test_kick(act: Act, room: Room, bob: User, root: User, told: list[Any]) -> None:
    seat = Membership.objects.get(room=room, user=bob)
    act("rooms_membership", "kick", seat)
    seat.refresh_from_db()
    assert seat.state == "kicked"
    assert ("kicked", str(room.pk), str(bob.pk), "kicked") in told
    assert last_fact() == (Fact.MEMBER_KICKED, root.pk)


def test_mute_and_control(act: Act, admin: Client, room: Room, bob: User, root: User, told: list[Any]) -> None:
    seat = Membership.objects.get(room=room, user=bob)
    steps = (("mute", (True, False)), ("grant_control", (True, True)), ("unmute", (False, True)))
    for action, rights in (*steps, ("refuse_control", (False, False))):
        act("rooms_membership", action, seat)
        seat.refresh_from_db()
        assert (seat.muted, seat.may_control) == rights
        assert ("rights_changed", str(room.pk), str(bob.pk)) in told
        told.clear()
    edit(admin, seat, muted="on")
    assert last_fact() == (Fact.MEMBER_MUTED, root.pk)


def test_hand_over(act: Act, room: Room, bob: User, root: User, told: list[Any]) -> None:
    act("rooms_membership", "hand_over", Membership.objects.get(room=room, user=bob))
    assert ("role_changed", str(room.pk), str(bob.pk), "host") in told
    assert last_fact() == (Fact.MEMBER_ROLE_CHANGED, root.pk)


def test_the_owner_is_safe_even_here(act: Act, room: Room, alice: User, told: list[Any]) -> None:
    seat = Membership.objects.get(room=room, user=alice)
    for action in ("kick", "ban"):
        assert "owner of the room" in act("rooms_membership", action, seat)
    seat.refresh_from_db()
    assert seat.state == "active"
    assert not told


def test_one_refusal_does_not_keep_the_others(act: Act, room: Room, bob: User) -> None:
    act("rooms_membership", "kick", *Membership.objects.filter(room=room))
    assert Membership.objects.get(room=room, user=bob).state == "kicked"


def test_ban_and_lift(act: Act, room: Room, bob: User, root: User, told: list[Any]) -> None:
    act("rooms_membership", "ban", Membership.objects.get(room=room, user=bob))
    ban = Ban.objects.get(room=room, user=bob)
    assert ban.banned_by == root
    assert ("kicked", str(room.pk), str(bob.pk), "banned") in told
    assert last_fact() == (Fact.MEMBER_BANNED, root.pk)
    act("rooms_ban", "lift", ban)
    assert not Ban.objects.exists()
    assert last_fact() == (Fact.MEMBER_UNBANNED, root.pk)


def test_change_a_role(admin: Client, room: Room, bob: User, root: User, told: list[Any]) -> None:
    edit(admin, Membership.objects.get(room=room, user=bob), role="moderator")
    assert Membership.objects.get(room=room, user=bob).role == "moderator"
    assert ("role_changed", str(room.pk), str(bob.pk), "moderator") in told
    assert last_fact() == (Fact.MEMBER_ROLE_CHANGED, root.pk)


def test_what_a_service_refuses_is_shown(admin: Client, room: Room, alice: User) -> None:
    seat = Membership.objects.get(room=room, user=alice)
    assert "owner of the room" in edit(admin, seat, role="member")
    seat.refresh_from_db()
    assert seat.role == "host"


def test_revoke_an_invite(act: Act, room: Room, root: User) -> None:
    invite = Invite.objects.get(room=room)
    act("rooms_invite", "revoke", invite)
    invite.refresh_from_db()
    assert invite.revoked_at is not None
    assert last_fact() == (Fact.INVITE_REVOKED, root.pk)
    assert "no such invite" in act("rooms_invite", "revoke", invite)


def test_remove_a_line(act: Act, room: Room, bob: User, root: User, told: list[Any]) -> None:
    line = Message.objects.create(room=room, chat_seq=1, user=bob, author_name="Bob", text="Rude", client_id="1")
    act("rooms_message", "remove", line)
    line.refresh_from_db()
    assert line.deleted_at is not None
    assert ("chat_deleted", str(room.pk), 1) in told
    assert last_fact() == (Fact.MESSAGE_DELETED, root.pk)


def test_disable_and_enable(act: Act, bob: User, root: User, told: list[Any]) -> None:
    access = accounts.issue_tokens(user=bob, kind="api", user_agent="", ip=None).access
    act("accounts_user", "disable", bob)
    assert not User.objects.get(pk=bob.pk).is_active
    assert ("user_signed_out", str(bob.pk)) in [notice[:2] for notice in told]
    with pytest.raises(NotAuthenticated):
        verify_access(access)
    assert OutboxEvent.objects.get(fact=Fact.USER_DISABLED).actor == root.pk
    act("accounts_user", "enable", bob)
    assert User.objects.get(pk=bob.pk).is_active
    assert last_fact() == (Fact.USER_ENABLED, root.pk)


def test_one_can_not_shut_oneself_out(act: Act, root: User) -> None:
    assert "shut yourself out" in act("accounts_user", "disable", root)
    root.refresh_from_db()
    assert root.is_active


def test_sign_somebody_out_everywhere(act: Act, bob: User, told: list[Any]) -> None:
    session = accounts.issue_tokens(user=bob, kind="api", user_agent="", ip=None).session
    act("accounts_user", "sign_out", bob)
    session.refresh_from_db()
    assert session.ended_at is not None


def test_sign_one_device_out(act: Act, bob: User, root: User, told: list[Any]) -> None:
    one, other = (accounts.issue_tokens(user=bob, kind="api", user_agent="", ip=None).session for _ in range(2))
    act("accounts_session", "sign_out", one)
    assert [Session.objects.get(pk=session.pk).ended_at is None for session in (one, other)] == [False, True]
    assert ("signed_out", str(one.pk)) in told
    assert last_fact() == (Fact.SESSION_ENDED, root.pk)


def test_set_a_password(admin: Client, bob: User, root: User) -> None:
    session = accounts.issue_tokens(user=bob, kind="api", user_agent="", ip=None).session
    address = reverse("admin:user_password", args=[bob.pk])
    assert admin.get(address).status_code == 200
    page = admin.post(address, {"new_password1": "12345678", "new_password2": "12345678"})
    assert "too common" in page.content.decode()
    page = admin.post(address, {"new_password1": "a brand new horse", "new_password2": "a brand new horse"})
    assert page.status_code == 302
    bob.refresh_from_db()
    session.refresh_from_db()
    assert bob.check_password("a brand new horse")
    assert session.ended_at is not None
    assert OutboxEvent.objects.get(fact=Fact.USER_PASSWORD_CHANGED).actor == root.pk


def test_make_somebody_staff(admin: Client, bob: User, root: User) -> None:
    edit(admin, bob, is_staff="on")
    bob.refresh_from_db()
    assert bob.is_staff
    assert not bob.is_superuser
    assert last_fact() == (Fact.USER_RIGHTS_CHANGED, root.pk)


def moderator_of_users(user: User) -> Client:
    from django.contrib.auth.models import Permission

    User.objects.filter(pk=user.pk).update(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_user", "change_user"]))
    client = Client()
    client.force_login(User.objects.get(pk=user.pk))
    return client


def test_staff_give_themselves_no_rights(charlie: User, root: User) -> None:
    client = moderator_of_users(charlie)
    edit(client, charlie, is_superuser="on", is_staff="on")
    charlie.refresh_from_db()
    assert not charlie.is_superuser


def test_staff_take_over_no_superuser(charlie: User, root: User) -> None:
    client = moderator_of_users(charlie)
    assert client.get(reverse("admin:user_password", args=[root.pk])).status_code == 403
    client.post(reverse("admin:accounts_user_changelist"), {"action": "disable", "_selected_action": [str(root.pk)]})
    root.refresh_from_db()
    assert root.is_active


def test_staff_without_the_permission_do_nothing(room: Room, bob: User, charlie: User) -> None:
    client = moderator_of_users(charlie)
    seat = Membership.objects.get(room=room, user=bob)
    page = client.post(
        reverse("admin:rooms_membership_changelist"), {"action": "kick", "_selected_action": [str(seat.pk)]}
    )
    assert page.status_code == 403
    seat.refresh_from_db()
    assert seat.state == "active"


def test_delete_a_movie(act: Act, bob: User, root: User) -> None:
    movie = Movie.objects.create(owner=bob, title="Clip", status="ready")
    act("movies_movie", "remove", movie)
    assert not Movie.objects.exists()
    assert last_fact() == (Fact.MOVIE_DELETED, root.pk)


def test_rename_a_movie(admin: Client, bob: User, root: User) -> None:
    movie = Movie.objects.create(owner=bob, title="Clip", status="ready")
    edit(admin, movie, title="Film")
    movie.refresh_from_db()
    assert movie.title == "Film"
    assert last_fact() == (Fact.MOVIE_RENAMED, root.pk)


def test_process_a_movie_again(act: Act, bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str] = []
    monkeypatch.setattr("movies.tasks.process_movie", begun.append)
    stuck = Movie.objects.create(owner=bob, title="Stuck", status="processing")
    ready = Movie.objects.create(owner=bob, title="Ready", status="ready")
    page = act("movies_movie", "process_again", stuck, ready)
    assert begun == [str(stuck.pk)]
    assert "being processed" in page


def test_verify_audit_entries(act: Act, admin: Client, room: Room) -> None:
    from audit.shipping import ship

    ship()
    services.close_room(by=room.owner, room=room)
    shipped, waiting = OutboxEvent.objects.earliest("number"), OutboxEvent.objects.latest("number")
    assert "1 verified, 1 not in the ledger yet" in act("audit_outboxevent", "verify", shipped, waiting)
    address = reverse("admin:audit_outboxevent_change", args=[shipped.pk])
    assert "Verified: entry 1" in admin.get(address).content.decode()
    OutboxEvent._base_manager.filter(pk=shipped.pk).update(data={})
    assert "Tampered with" in admin.get(address).content.decode()
    assert "differs" in act("audit_outboxevent", "verify", shipped)


def test_audit_entries_can_not_be_changed(admin: Client, room: Room) -> None:
    event = OutboxEvent.objects.earliest("number")
    address = reverse("admin:audit_outboxevent_change", args=[event.pk])
    assert admin.post(address, {"fact": "room.closed"}).status_code == 403
    event.refresh_from_db()
    assert event.fact != "room.closed"
