"""Rooms, who is in them, what they will watch and what was said."""

import uuid

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Room(models.Model):
    """A watch party. ``code`` is what people say and type; ``id`` is what other tables and the engine know."""

    class Visibility(models.TextChoices):
        PRIVATE = "private", _("private")
        UNLISTED = "unlisted", _("anyone with the code")
        PUBLIC = "public", _("public")

    class Control(models.TextChoices):
        HOST = "host", _("the host")
        MODERATORS = "moderators", _("host and moderators")
        EVERYONE = "everyone", _("everyone")

    class Policy(models.TextChoices):
        EVERYONE = "everyone", _("wait for everyone")
        HOST = "host", _("wait for the host")
        QUORUM = "quorum", _("wait for most")
        NOBODY = "nobody", _("wait for nobody")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    code = models.CharField(max_length=16, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=100)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="owned_rooms")
    visibility = models.CharField(max_length=8, choices=Visibility.choices, default=Visibility.PRIVATE)
    password = models.CharField(max_length=128, blank=True, help_text=_("hashed; empty for none"))
    control = models.CharField(max_length=10, choices=Control.choices, default=Control.EVERYONE)
    buffering_policy = models.CharField(max_length=8, choices=Policy.choices, default=Policy.EVERYONE)
    buffering_grace = models.FloatField(
        default=0.5, validators=[MinValueValidator(0), MaxValueValidator(10)], help_text=_("seconds")
    )
    buffering_timeout = models.FloatField(
        default=15, validators=[MinValueValidator(1), MaxValueValidator(300)], help_text=_("seconds")
    )
    buffering_percent = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    allow_guests = models.BooleanField(default=True)
    auto_next = models.BooleanField(default=True, help_text=_("after a movie the next one of the queue is loaded"))
    skip_votes = models.BooleanField(default=False, help_text=_("most of those present may skip a movie"))
    capacity = models.PositiveIntegerField(default=100, validators=[MinValueValidator(1), MaxValueValidator(10000)])
    slow_mode = models.PositiveSmallIntegerField(
        default=0, validators=[MaxValueValidator(3600)], help_text=_("seconds between two lines of one person; 0: off")
    )
    host_handover = models.BooleanField(default=False, help_text=_("somebody stands in for a host who has gone"))
    # Counted up in the transaction that inserts a line: the order of the chat.
    chat_seq = models.PositiveBigIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


class Membership(models.Model):
    """Somebody's place in a room. The row stays when they go, so that a private room is 4403 to them, not 4404."""

    class Role(models.TextChoices):
        HOST = "host", _("host")
        MODERATOR = "moderator", _("moderator")
        MEMBER = "member", _("member")
        GUEST = "guest", _("guest")

    class State(models.TextChoices):
        ACTIVE = "active", _("in the room")
        LEFT = "left", _("left")
        KICKED = "kicked", _("kicked")

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=9, choices=Role.choices, default=Role.MEMBER)
    state = models.CharField(max_length=6, choices=State.choices, default=State.ACTIVE)
    joined_at = models.DateTimeField(default=timezone.now)
    muted = models.BooleanField(default=False, help_text=_("may not write in the chat"))
    may_control = models.BooleanField(default=False, help_text=_("may play and pause whatever the role"))
    control_asked_at = models.DateTimeField(null=True, blank=True)
    # What a host is who stands in for one that has gone; empty for all others.
    stands_in_as = models.CharField(max_length=9, choices=Role.choices, blank=True)
    # Of guests: the fingerprint of the device that they came by.
    device = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["joined_at"]
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="rooms_membership_once")]
        indexes = [models.Index(fields=["user", "state"])]

    def __str__(self) -> str:
        return f"{self.user} in {self.room} ({self.role})"


class Ban(models.Model):
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="bans")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="bans")
    banned_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    device = models.CharField(max_length=64, blank=True, help_text=_("a guest's; other guests by it stay out too"))
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-created_at"]
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="rooms_ban_once")]

    def __str__(self) -> str:
        return f"{self.user} banned from {self.room}"


class Invite(models.Model):
    """A link that lets people in. The token is shown once and kept hashed; ``uses`` grows by conditional UPDATE."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="invites")
    token_hash = models.CharField(max_length=64, unique=True)
    email = models.EmailField(null=True, blank=True)  # noqa: DJ001 - null is "mailed to nobody"
    max_uses = models.PositiveIntegerField(null=True, blank=True)
    uses = models.PositiveIntegerField(default=0)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"invite {self.pk} to {self.room}"


class QueueEntry(models.Model):
    """A movie in a room's playlist. ``position`` orders; gaps mean nothing."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="queue_entries")
    movie = models.ForeignKey("movies.Movie", on_delete=models.CASCADE, related_name="queue_entries")
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    position = models.PositiveIntegerField()
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["position", "added_at"]
        constraints = [models.UniqueConstraint(fields=["room", "movie"], name="rooms_queue_entry_once")]

    def __str__(self) -> str:
        return f"{self.movie} in {self.room}"


class Watched(models.Model):
    """A movie that was played in a room: its history. ``title`` outlives the movie; ``seq`` is the timeline's."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="watched")
    movie = models.ForeignKey("movies.Movie", null=True, on_delete=models.SET_NULL, related_name="+")
    title = models.CharField(max_length=200)
    seq = models.PositiveBigIntegerField()
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    started_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-seq"]
        verbose_name_plural = "watched"
        constraints = [models.UniqueConstraint(fields=["room", "seq"], name="rooms_watched_once")]

    def __str__(self) -> str:
        return f"{self.title} in {self.room}"


class Message(models.Model):
    """A line of chat. ``author_name`` is what was shown then; (session, client_id) makes a repeat harmless."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="messages")
    chat_seq = models.PositiveBigIntegerField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    participant = models.CharField(max_length=64)
    author_name = models.CharField(max_length=60)
    text = models.CharField(max_length=2000)
    session = models.CharField(max_length=64)
    client_id = models.CharField(max_length=64)
    sent_at = models.DateTimeField(default=timezone.now)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["chat_seq"]
        constraints = [
            models.UniqueConstraint(fields=["room", "chat_seq"], name="rooms_message_seq_once"),
            models.UniqueConstraint(fields=["room", "session", "client_id"], name="rooms_message_id_once"),
        ]

    def __str__(self) -> str:
        return f"line {self.chat_seq} in {self.room}"
