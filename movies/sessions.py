"""How far uploads are that go straight into a bucket: its sessions know."""

from movies import storage
from movies.models import Upload


def look(upload: Upload) -> None:
    """Ask the bucket how much has come, so that `uploads.offset` tells it. Raises Unavailable."""
    bucket = storage.bucket()
    if bucket is None or not upload.session or upload.finished_at:
        return
    come = bucket.session_offset(upload.session, upload.size)
    if come is not None and come != upload.offset:
        Upload.objects.filter(pk=upload.pk).update(offset=come)
        upload.offset = come
