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
    journaled = models.BigIntegerField(default=0, db_default=0)
    """`seq` of the newest journal entry that was told on."""

    class Meta:
        db_table = "sync_timeline"

    def __str__(self) -> str:
        return f"{self.room} at {self.seq}"


class Epoch(models.Model):
    """One row: the present authority, which decides every timeline, and its epoch, the upper part of every `seq`."""

    epoch = models.PositiveIntegerField(default=0)
    authority = models.CharField(max_length=16, default="memory", db_default="memory")
    """memory, redis or postgres."""
    shift = models.FloatField(default=0.0, db_default=0.0)
    """While postgres is the authority: the room clock is this database's clock plus so many seconds."""
    unreachable_at = models.DateTimeField(null=True)
    """When a process last found that it can't reach Redis."""

    class Meta:
        db_table = "sync_epoch"

    def __str__(self) -> str:
        return str(self.epoch)


class JournalEntry(models.Model):
    """A recent change of a timeline under PostgreSQL's authority."""

    room = models.CharField(max_length=64)
    seq = models.BigIntegerField()
    timeline = models.TextField()
    """What held then, `sync.timeline.Timeline` as JSON; empty where it happened under another authority."""
    entry = models.TextField()
    """`sync.store.Entry` as JSON."""

    class Meta:
        db_table = "sync_journal"
        constraints = [models.UniqueConstraint(fields=["room", "seq"], name="sync_journal_seq")]

    def __str__(self) -> str:
        return f"{self.room} at {self.seq}"


class AppliedCommand(models.Model):
    """A recent (session, id) pair, which takes effect once."""

    room = models.CharField(max_length=64)
    session = models.TextField()
    command = models.TextField()

    class Meta:
        db_table = "sync_applied"
        constraints = [models.UniqueConstraint(fields=["room", "session", "command"], name="sync_applied_once")]
        indexes = [models.Index(fields=["room", "id"], name="sync_applied_oldest")]

    def __str__(self) -> str:
        return f"{self.command} of {self.session}"


class Person(models.Model):
    """The record of a participant, as the engine encodes it. The processes that share rooms read it."""

    room = models.CharField(max_length=64)
    participant = models.CharField(max_length=64)
    record = models.BinaryField()

    class Meta:
        db_table = "sync_person"
        constraints = [models.UniqueConstraint(fields=["room", "participant"], name="sync_person_once")]

    def __str__(self) -> str:
        return f"{self.participant} in {self.room}"


class SharedMessage(models.Model):
    """A message that is too long for a notice of PostgreSQL."""

    message = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        db_table = "sync_message"

    def __str__(self) -> str:
        return f"message {self.pk}"


class Process(models.Model):
    """A process that is alive while it renews this."""

    process = models.CharField(max_length=64, primary_key=True)
    seen_at = models.DateTimeField()
    epoch = models.PositiveIntegerField(default=0, db_default=0)
    """The authority to which the process has offered what it knew."""

    class Meta:
        db_table = "sync_process"

    def __str__(self) -> str:
        return self.process


class Notice(models.Model):
    """Something for live rooms. Each web process reads it once; it is deleted some ten minutes later."""

    notice = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        db_table = "sync_notice"

    def __str__(self) -> str:
        return f"notice {self.pk}"
