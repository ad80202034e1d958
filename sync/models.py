"""What the engine keeps in the database. Rooms are ids here: the engine knows no other app's models."""

from django.db import models


class SavedTimeline(models.Model):
    """The newest timeline of a room, written behind within a second."""

    room = models.CharField(max_length=64, primary_key=True)
    seq = models.BigIntegerField()
    timeline = models.TextField()
    """`sync.timeline.Timeline` as JSON. Text, for Django's JSONField is slow to write and nobody queries this."""
    applied = models.TextField()
    """The room's last (session, id) pairs as JSON, oldest first."""
    heard_at = models.FloatField()
    """Room clock when anyone in the room was last heard."""

    class Meta:
        db_table = "sync_timeline"

    def __str__(self) -> str:
        return f"{self.room} at {self.seq}"


class Epoch(models.Model):
    """One row: the epoch of the present authority, the upper part of every `seq`."""

    epoch = models.PositiveIntegerField(default=0)

    class Meta:
        db_table = "sync_epoch"

    def __str__(self) -> str:
        return str(self.epoch)


class Notice(models.Model):
    """Something for live rooms. Each web process reads it once; it is deleted some ten minutes later."""

    notice = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        db_table = "sync_notice"

    def __str__(self) -> str:
        return f"notice {self.pk}"
