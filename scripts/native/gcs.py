"""A bucket of Google Cloud Storage that is only here: gcp-storage-emulator, as `scripts/gcs/emulator.py` runs it."""

import sys
import urllib.error
import urllib.request
from pathlib import Path

from scripts.native.ports import LOOPBACK
from scripts.native.service import ROOT, Service, Unavailable, site_packages

BUCKET = "watchparty"


class Gcs(Service):
    name = "gcs"
    # Most want their films on the disk.
    by_default = False

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def key(self) -> Path:
        """The key file of a service account that the emulator knows."""
        return self.folder / "key.json"

    def settings(self) -> dict[str, str]:
        return {
            "GS_BUCKET_NAME": BUCKET,
            "GOOGLE_APPLICATION_CREDENTIALS": str(self.key),
            "STORAGE_EMULATOR_HOST": self.url,
        }

    def command(self) -> list[str]:
        package = site_packages("gcp_storage_emulator")
        if package is None:
            raise Unavailable("the package gcp-storage-emulator is missing: call make .venv/.dev, which installs it.")
        within = package.is_relative_to(sys.prefix)
        python = sys.executable if within else str(ROOT / ".venv" / "bin" / "python")
        program = [python, "-m", "scripts.gcs.emulator", "--port", str(self.port)]
        return [*program, "--data", str(self.data.resolve()), "--bucket", BUCKET, "--key", str(self.key)]

    def environment(self) -> dict[str, str]:
        return {"PYTHONPATH": str(ROOT)}

    def answers(self) -> bool:
        try:
            # Never by a proxy of this machine's.
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            with opener.open(f"{self.url}/storage/v1/b/{BUCKET}", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False
