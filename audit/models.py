"""The outbox: what happened, queued for the ledger and searchable; and the local ledger: the same, provably.

Nothing here refers to other tables by foreign keys: an entry outlives the person and the room that it is about.
"""

import uuid

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from audit.facts import choices


class OutboxEvent(models.Model):
    """One fact, written in the transaction of the change itself. ``tx`` is its place in the ledger once shipped."""

    number = models.BigAutoField(primary_key=True)
    event = models.UUIDField(_("event"), unique=True, default=uuid.uuid4, editable=False)
    fact = models.CharField(_("fact"), max_length=40, choices=choices)
    actor = models.UUIDField(_("actor"), null=True, help_text=_("A user's id, never a name; empty for nobody."))
    room = models.UUIDField(_("room"), null=True)
    subject = models.CharField(_("subject"), max_length=64, blank=True, help_text=_("The id of what it was done to."))
    data = models.JSONField(_("data"), default=dict)
    at = models.DateTimeField(_("at"), default=timezone.now)
    tx = models.PositiveBigIntegerField(_("ledger entry"), null=True, unique=True)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        ordering = ["-number"]
        indexes = [
            models.Index(fields=["room", "-number"], name="audit_by_room"),
            models.Index(fields=["actor", "-number"], name="audit_by_actor"),
            models.Index(fields=["fact", "-number"], name="audit_by_fact"),
            models.Index(fields=["number"], name="audit_unshipped", condition=models.Q(tx=None)),
        ]

    def __str__(self) -> str:
        return f"{self.fact} {self.event}"


class LedgerEntry(models.Model):
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
