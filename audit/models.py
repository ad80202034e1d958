"""The outbox: what happened, queued for the ledger and searchable; and the local ledger: the same, provably.

No entry refers to other tables by foreign keys: it outlives the person and the room that it is about. The key to what
is personal in it does not.
"""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.facts import choices
from audit.final import Final


class OutboxEvent(Final):
    """One fact, written in the transaction of the change itself. ``tx`` is its place in the ledger once shipped."""

    number = models.BigAutoField(primary_key=True)
    event = models.UUIDField(_("event"), unique=True, default=uuid.uuid4, editable=False)
    fact = models.CharField(_("fact"), max_length=40, choices=choices)
    actor = models.UUIDField(_("actor"), null=True, help_text=_("A user's id, never a name; empty for nobody."))
    room = models.UUIDField(_("room"), null=True)
    subject = models.CharField(_("subject"), max_length=64, blank=True, help_text=_("The id of what it was done to."))
    data = models.JSONField(_("data"), default=dict)
    # What is personal, encrypted under the subject's key; empty for most. See audit.personal.
    personal = models.TextField(blank=True, default="", db_default="")
    at = models.DateTimeField(_("at"), default=timezone.now)
    # Which ledger holds it: who moves from one to the other keeps both.
    ledger = models.CharField(_("ledger"), max_length=20, blank=True, db_default="")
    # Made with the row, so that an edit before it is shipped shows as well; see audit.seals.
    seal = models.CharField(max_length=64, blank=True, db_default="")
    # Its place among the rows of its writer, without gaps, so that a removal shows; see audit.seals.
    writer = models.UUIDField(null=True)
    position = models.PositiveBigIntegerField(null=True)
    tx = models.PositiveBigIntegerField(_("ledger entry"), null=True)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        ordering = ["-number"]
        indexes = [
            models.Index(fields=["room", "-number"], name="audit_by_room"),
            models.Index(fields=["actor", "-number"], name="audit_by_actor"),
            models.Index(fields=["fact", "-number"], name="audit_by_fact"),
            models.Index(fields=["number"], name="audit_unshipped", condition=models.Q(tx=None)),
            models.Index(fields=["subject"], name="audit_personal", condition=~models.Q(personal="")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["ledger", "tx"], name="audit_one_place"),
            models.UniqueConstraint(fields=["writer", "position"], name="audit_one_position"),
        ]

    def __str__(self) -> str:
        return f"{self.fact} {self.event}"


class PersonalKey(models.Model):
    """What opens the personal part of the entries about somebody, wrapped. It goes with the account."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+")
    wrapped = models.CharField(max_length=100)
    made_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"key of {self.user_id}"


class HeldCommand(models.Model):
    """A playback command for the few seconds until its second is over; see audit.playback."""

    room = models.UUIDField()
    user = models.UUIDField()
    second = models.BigIntegerField(help_text=_("Of the room clock, since 1970."))
    seq = models.BigIntegerField()
    action = models.CharField(max_length=20)
    position_ms = models.BigIntegerField()
    told_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["second"], name="audit_held_second")]

    def __str__(self) -> str:
        return f"{self.action} {self.seq}"


class LedgerEntry(Final):
    """A link of the hash chain. ``payload`` is kept as the very text that was hashed."""

    tx = models.PositiveBigIntegerField(primary_key=True)
    event = models.UUIDField(unique=True)
    payload = models.TextField()
    previous = models.CharField(max_length=64, help_text=_("SHA-256 of the entry before, hexadecimal"))
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["tx"]

    def __str__(self) -> str:
        return f"{self.tx} {self.event}"


class LedgerHead(models.Model):
    """The one row that says how long the chain is and where it ends, signed."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    tx = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64)
    signature = models.CharField(max_length=64)
    signed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="audit_one_head")]

    def __str__(self) -> str:
        return f"{self.tx} {self.hash}"


class Anchor(models.Model):
    """The trusted state after a batch: how far a ledger goes and what it ends with, signed. The newest one counts.

    ``first`` and ``last`` are the entries of the batch, ``hash`` is the last one's. ``transaction`` and ``alh`` are
    ImmuDB's number and accumulated hash for the batch. The signature covers all of them.
    """

    ledger = models.CharField(max_length=20)
    first = models.PositiveBigIntegerField()
    last = models.PositiveBigIntegerField()
    hash = models.CharField(max_length=64)
    transaction = models.PositiveBigIntegerField()
    alh = models.CharField(max_length=64)
    signature = models.CharField(max_length=64)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-last"]
        constraints = [
            models.UniqueConstraint(fields=["ledger", "last"], name="audit_one_anchor"),
            models.UniqueConstraint(fields=["ledger", "first"], name="audit_one_beginning"),
        ]

    def __str__(self) -> str:
        return f"{self.ledger} {self.last} {self.hash}"


class LowWater(models.Model):
    """Up to which entry of a ledger rows of the outbox may be gone, signed; see audit.low_water."""

    ledger = models.CharField(max_length=20, primary_key=True)
    tx = models.PositiveBigIntegerField()
    signature = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.ledger} {self.tx}"


class ShipperState(models.Model):
    """The one row by which the workers agree on who ships, and when it is worth trying again."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    holder = models.CharField(max_length=64, blank=True)
    until = models.DateTimeField(null=True, help_text=_("The holder ships alone until then."))
    failures = models.PositiveIntegerField(default=0, help_text=_("In a row, by now."))
    not_before = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
    shipped_at = models.DateTimeField(null=True)
    # How far the copy outside has got; 0 where there never was one.
    copied = models.PositiveBigIntegerField(default=0)
    verified_at = models.DateTimeField(null=True)
    # Where the check that goes on each minute has got to, in the present ledger.
    verified_to = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="audit_one_shipper")]

    def __str__(self) -> str:
        return f"{self.holder} {self.until}"


class Alarm(models.Model):
    """Something isn't what was written. It stays open until somebody says that it was seen."""

    detail = models.TextField(_("what"))
    raised_at = models.DateTimeField(_("raised"), default=timezone.now)
    acknowledged_at = models.DateTimeField(_("acknowledged"), null=True)
    acknowledged_by = models.UUIDField(_("acknowledged by"), null=True)
    # What the operator of a terminal said, who is nobody's account.
    reason = models.CharField(_("who, and why"), max_length=500, blank=True, default="", db_default="")

    class Meta:
        verbose_name = _("audit alarm")
        verbose_name_plural = _("audit alarms")
        ordering = ["-raised_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["detail"], condition=models.Q(acknowledged_at=None), name="audit_open_alarm"
            )
        ]

    def __str__(self) -> str:
        return self.detail
