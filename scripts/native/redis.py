"""Redis from Debian: what is in it lives as long as its process, for nothing that must last is kept there alone."""

import shutil
import socket
from pathlib import Path

from scripts.native.ports import LOOPBACK
from scripts.native.service import Service, Unavailable

CONFIGURATION = """\
bind {host}
port {port}
requirepass {password}
dir {data}
# A snapshot that can't be written (a full disk) would make Redis refuse every write.
save ""
appendonly no
"""


class Redis(Service):
    name = "redis"

    def settings(self) -> dict[str, str]:
        return {"REDIS_URL": f"redis://:{self.password}@{LOOPBACK}:{self.port}/0"}

    def command(self) -> list[str]:
        server = shutil.which("redis-server")
        if server is None:
            raise Unavailable(
                "redis-server is missing. On Debian, as root: apt-get install redis-server"
                " (scripts/install-system-packages does that)."
            )
        return [server, str(self._configuration)]

    def prepare(self) -> None:
        super().prepare()
        # A file, for command lines are read by everybody on the machine.
        self._configuration.touch(mode=0o600)
        self._configuration.write_text(
            CONFIGURATION.format(host=LOOPBACK, port=self.port, password=self.password, data=self.data)
        )

    def answers(self) -> bool:
        try:
            with socket.create_connection((LOOPBACK, self.port), timeout=2) as link:
                link.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                return link.makefile("rb").read(len(b"+OK\r\n+PONG\r\n")) == b"+OK\r\n+PONG\r\n"
        except OSError:
            return False

    @property
    def _configuration(self) -> Path:
        return self.folder / "redis.conf"
