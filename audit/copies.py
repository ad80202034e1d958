"""The trusted state once more, outside of the database: a small signed file, best on another machine's disk.

Who puts the whole database back to an earlier day puts its trusted state back as well, and nothing inside could tell.
"""

import json
import os
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from audit.ledger.chain import sign, signature_is_ours
from audit.ledger.port import Head, Ledger

_KIND = "copy"


def write(ledger: str, head: Head) -> None:
    """Put it in place of the one before, at once or not at all. Raises OSError."""
    path = _path()
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with draft.open("w") as file:
        signature = sign(_KIND, ledger, head.tx, head.hash)
        json.dump({"ledger": ledger, "tx": head.tx, "hash": head.hash, "signature": signature}, file)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def problem(ledger: Ledger, copied: int) -> str:
    """What is wrong between the copy and the ledger; ``copied`` is how far it was known to be."""
    try:
        said = json.loads(_path().read_text())
        name, head, signature = said["ledger"], Head(int(said["tx"]), said["hash"]), said["signature"]
    except FileNotFoundError:
        return _("The copy of the trusted state is missing: %s") % _path() if copied else ""
    except (OSError, ValueError, KeyError, TypeError):
        return _("The copy of the trusted state can't be read: %s") % _path()
    if not signature_is_ours(signature, _KIND, name, head.tx, head.hash):
        return _("The copy of the trusted state isn't signed by this server: %s") % _path()
    if name != ledger.name:
        return ""
    present = ledger.head()
    if present is None or present.tx < head.tx:
        return _("The trusted state is older than its copy, which knows of entry %d.") % head.tx
    if ledger.hash_of(head.tx) != head.hash:
        return _("Entry %d isn't the one that the copy of the trusted state knows.") % head.tx
    return ""


def _path() -> Path:
    return Path(settings.AUDIT_COPY)
