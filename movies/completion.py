"""Uploads that go straight into a bucket: its session takes the chunks, and we are told when all have come.

What a client says is not believed: size and checksum are the bucket's own, and its first bytes are looked at. Nothing
else of the file passes through here.
"""

from io import BytesIO

from django.utils.translation import gettext as _

from movies import storage, uploads
from movies.containers import HEAD_BYTES, Family, sniff
from movies.models import Upload
from movies.services import NOT_A_MOVIE
from watchparty.errors import Conflict, Invalid, Unavailable

# What the object is until processing knows better.
CONTENT_TYPE: dict[Family, str] = {"mp4": "video/mp4", "matroska": "video/x-matroska", "avi": "video/x-msvideo"}


def complete(upload: Upload, *, crc32c: str = "") -> Upload:
    """Make a movie of what has come; ``crc32c`` (base64) is the file's where the client knows it. The upload after it.

    Raises Conflict (something is missing yet: ``upload_incomplete``), Unavailable, Invalid naming ``file`` or
    ``crc32c`` (plainly not a movie, or damaged on its way; the upload is over, nothing is kept).
    """
    if upload.finished_at is None:
        upload = _complete(upload, crc32c) if upload.session else _complete_here(upload)
    return upload


def _complete_here(upload: Upload) -> Upload:
    if uploads.offset(upload) == upload.size:
        upload = uploads.receive(upload=upload, chunk=None, body=BytesIO())
    if upload.finished_at is None:
        raise _incomplete()
    return upload


def _complete(upload: Upload, crc32c: str) -> Upload:
    bucket = storage.bucket()
    if bucket is None:
        raise Unavailable(_("The bucket that this upload went to is not in use any more. Upload the file again."))
    object_ = bucket.find(upload.name)
    if object_ is None:
        raise _incomplete()
    if object_.size != upload.size or (crc32c and object_.crc32c != crc32c):
        uploads.cancel(by=upload.movie.owner, upload=upload)
        raise Invalid(_("What has come is not the file that was announced. Upload it again."), field="crc32c")
    family = sniff(bucket.head(upload.name, HEAD_BYTES))
    if family is None:
        uploads.cancel(by=upload.movie.owner, upload=upload)
        raise Invalid(str(NOT_A_MOVIE), field="file")
    bucket.label(upload.name, CONTENT_TYPE[family])
    return uploads.hand_over(upload, upload.name)


def _incomplete() -> Conflict:
    return Conflict(_("Not all of this file has come. Ask its upload_url how far it got."), code="upload_incomplete")
