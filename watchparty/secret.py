"""The server's secret, made once and kept with its data when the environment gives none."""

import os
import secrets
from pathlib import Path


def stored_secret(path: Path) -> str:
    """The secret in the file; made on first use, readable by the owner alone.

    Two processes that start at once agree: the file is linked into place complete, and the loser reads the winner's.
    """
    if not path.exists():
        draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(64))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text()
