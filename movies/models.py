"""Movies: what was uploaded, and what became of it."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Movie(models.Model):
    """A film of somebody's. ``file`` and ``poster`` are names in the media storage."""

    class Status(models.TextChoices):
        UPLOADING = "uploading", _("uploading")
        PROCESSING = "processing", _("processing")
        READY = "ready", _("ready")
        FAILED = "failed", _("failed")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="movies")
    title = models.CharField(_("title"), max_length=200)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PROCESSING)
    error = models.CharField(max_length=500, blank=True)
    # As it was sent: shown to people, never used as a path.
    original_name = models.CharField(max_length=255, blank=True)
    file = models.CharField(max_length=255, blank=True)
    # Of a movie that lies elsewhere, which has no file here: where, and the origins that its address leads through.
    url = models.CharField(max_length=2000, blank=True)
    origins = models.JSONField(default=list, blank=True)
    content_type = models.CharField(max_length=100, blank=True)
    size = models.PositiveBigIntegerField(null=True, blank=True, help_text=_("bytes"))
    duration = models.FloatField(null=True, blank=True, help_text=_("seconds"))
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    codecs = models.JSONField(default=dict, blank=True, help_text=_('{"container", "video", "audio"}'))
    poster = models.CharField(max_length=255, blank=True)
    # While it is processed: how often that was begun, and until when the present attempt holds it.
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    held_until = models.DateTimeField(null=True, blank=True, editable=False)
    progress = models.FloatField(null=True, blank=True, editable=False, help_text=_("the part of 1 that is done"))
    created_at = models.DateTimeField(default=timezone.now)
    ready_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["owner", "-created_at"])]

    def __str__(self) -> str:
        return self.title


class Subtitle(models.Model):
    """A WebVTT track of a movie. ``file`` is a name in the media storage."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    movie = models.ForeignKey(Movie, on_delete=models.CASCADE, related_name="subtitles")
    LANGUAGE_LENGTH = 35

    language = models.CharField(max_length=LANGUAGE_LENGTH, help_text=_("BCP 47"))
    label = models.CharField(max_length=60, blank=True)
    file = models.CharField(max_length=255)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["language", "created_at"]

    def __str__(self) -> str:
        return self.label or self.language


class Previews(models.Model):
    """Small pictures of a movie for its seek bar, in one sheet. ``file``, a name in the media storage, is empty as long
    as there is none; ``times``, in seconds, are those of the pictures, row by row."""

    movie = models.OneToOneField(Movie, on_delete=models.CASCADE, related_name="previews", primary_key=True)
    file = models.CharField(max_length=255, blank=True)
    times = models.JSONField(default=list, blank=True)
    columns = models.PositiveSmallIntegerField(default=0)
    width = models.PositiveSmallIntegerField(default=0, help_text=_("of one picture, in pixels"))
    height = models.PositiveSmallIntegerField(default=0)
    # How often they were begun, and until when the present attempt holds them.
    attempts = models.PositiveSmallIntegerField(default=0)
    held_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "previews"

    def __str__(self) -> str:
        return str(self.pk)


class Rendition(models.Model):
    """A movie in a smaller size, in parts, for adaptive streaming. ``file``, a name in the media storage, is empty as
    long as it isn't made; the parts lie in it one after another, behind ``head`` bytes that all of them need."""

    movie = models.ForeignKey(Movie, on_delete=models.CASCADE, related_name="renditions")
    side = models.PositiveSmallIntegerField(help_text=_("the shorter side that was asked for, in pixels"))
    file = models.CharField(max_length=255, blank=True)
    size = models.PositiveBigIntegerField(null=True, blank=True, help_text=_("bytes"))
    width = models.PositiveSmallIntegerField(default=0)
    height = models.PositiveSmallIntegerField(default=0)
    codecs = models.CharField(max_length=100, blank=True, help_text=_("RFC 6381"))
    head = models.PositiveIntegerField(default=0, help_text=_("bytes"))
    parts = models.JSONField(default=list, blank=True, help_text=_("seconds and bytes of each"))
    # How often it was begun, until when the present attempt holds it, and how far that is.
    attempts = models.PositiveSmallIntegerField(default=0)
    held_until = models.DateTimeField(null=True, blank=True)
    progress = models.FloatField(null=True, blank=True, help_text=_("the part of 1 that is done"))

    class Meta:
        ordering = ["-side"]
        constraints = [models.UniqueConstraint(fields=["movie", "side"], name="one_rendition_of_a_size")]

    def __str__(self) -> str:
        return f"{self.side}p"


class Upload(models.Model):
    """A resumable upload of a movie. How much of it has come is how long its file is (``movies.parts``), or what the
    bucket says that it goes to (``movies.sessions``)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    movie = models.OneToOneField(Movie, on_delete=models.CASCADE, related_name="upload")
    # Chosen beforehand, so that one whose end was interrupted finds the file where it had been moved already.
    name = models.CharField(max_length=255, help_text=_("the file's name in the media storage, without suffix"))
    content_type = models.CharField(max_length=200, blank=True, help_text=_("as it was announced"))
    size = models.PositiveBigIntegerField(help_text=_("bytes in all"))
    # Whoever knows this address may send to it, without further credentials.
    session = models.TextField(blank=True, help_text=_("where a bucket takes its chunks"))
    offset = models.PositiveBigIntegerField(
        default=0, help_text=_("bytes; of one in a bucket, how much had come when it was last asked")
    )
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(db_index=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return str(self.pk)
