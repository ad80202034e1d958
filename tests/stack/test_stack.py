"""``make stack``: several web processes and a worker on the real services, under one Ctrl-C."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from scripts.native import Smtp
from scripts.native.service import ROOT
from tests.live import free_port

pytestmark = pytest.mark.server


def test_it_serves_until_interrupted(
    redis_url: str, new_database: Callable[[], str], smtp_service: Smtp, tmp_path: Path
):
    services = {"REDIS_URL": redis_url, "DATABASE_URL": new_database(), **smtp_service.settings()}
    own = {"DATA": str(tmp_path), "PORT": str(free_port()), "WORKERS": "2", "PYTHONUNBUFFERED": "1"}
    environment = os.environ | services | own | {"DJANGO_SETTINGS_MODULE": "watchparty.settings"}
    said = []
    with subprocess.Popen(
        [sys.executable, "manage.py", "stack"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # A background job of a shell, as a CI runner may be one, has Ctrl-C ignored, and its children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as stack:
        assert stack.stdout
        try:
            for line in stack.stdout:
                said.append(line)
                if "Ctrl-C stops it" in line:
                    stack.send_signal(signal.SIGINT)
        finally:
            stack.terminate()
    assert stack.returncode == 0, "".join(said)
    assert "Stopped." in said[-1]
    assert any("Mail" in line and str(smtp_service.port) in line for line in said)


def test_without_the_services_it_says_what_it_needs():
    with pytest.raises(CommandError, match="REDIS_URL and DATABASE_URL"):
        call_command("stack")
